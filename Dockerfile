# syntax=docker/dockerfile:1
# One node. Not built by this project's checks: no Docker engine runs there.
# node/deploy_test.go compares user, paths, ports and names with the options table.

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -ldflags "-s -w" -o /out/poweron ./cmd/poweron

# The same Debian as above: the binary is linked against its C library.
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 poweron \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin poweron \
 && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /out/poweron /usr/local/bin/poweron
ENV POWERON_DATA=/data POWERON_LISTEN=0.0.0.0:8080
USER 10001:10001
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["poweron"]
CMD ["serve"]
