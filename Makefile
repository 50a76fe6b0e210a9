# One build set-up for everything: no tags, no flags, so that nothing is compiled twice.
TOOL = go tool -modfile=tools.mod
# The concurrent packages, without those that pull go-fed: its race build alone takes minutes.
RACE = ./node/store ./node/job ./federation/deliver ./federation/fetch

.PHONY: run demo test check lint race bench e2e crash screenshots fuzz mutants

run: ## serve the node in ./data
	go run ./cmd/poweron serve --data data

demo: ## a network of four nodes on this machine, with content
	go run ./cmd/poweron demo

test:
	go test ./...

check: lint test race ## everything that has to pass before a change lands

lint:
	@out=$$($(TOOL) gofumpt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not gofumpt-formatted:"; echo "$$out"; exit 1; }
	go vet ./...
	$(TOOL) staticcheck ./...

race:
	go test -race -shuffle=on $(RACE)

bench: ## figures beside the machine's own limits, as ratios
	go test -run '^$$' -bench . -benchtime 2s ./node/store ./federation/deliver ./federation/inbox ./ui ./cmd/...

e2e: ## a real browser walks the journeys over whole nodes: needs Node and Chromium
	cd e2e && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --silent
	POWERON_CI=1 go test -count=1 -v ./cmd/browser

screenshots: ## writes the pictures of the README into docs/screens
	cd e2e && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --silent && node screenshots.mjs

crash: ## the long kill loop: 200 rounds of kill -9 under load (R1-R3)
	POWERON_CRASH_ROUNDS=200 go test -count=1 -timeout 40m -run TestKillLoop -v ./cmd/crash

fuzz: ## a minute for each parser of foreign input
	go test -run '^$$' -fuzz FuzzScan -fuzztime 60s ./federation/jsonld
	go test -run '^$$' -fuzz FuzzCheck -fuzztime 60s ./federation/signature
	go test -run '^$$' -fuzz FuzzHost -fuzztime 60s ./federation/address
	go test -run '^$$' -fuzz FuzzSanitize -fuzztime 60s ./node/markup

mutants: ## plants a fault for each security requirement; its test has to turn red
	POWERON_MUTANTS=1 go test -count=1 -timeout 30m -v -run TestMutants ./cmd/mutants
