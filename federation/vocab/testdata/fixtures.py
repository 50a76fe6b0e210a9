#!/usr/bin/env python3
"""Writes fixtures.tsv: what the documents in the interop fixtures say.

The table is made from the raw JSON by the plain rules below and by nothing of
ours, so that the test that compares it with our decoder compares two readers.
Texts are kept as hashes; the fixtures themselves stay where they are.

    python3 fixtures.py ../../../../shared/interop/fixtures > fixtures.tsv

Columns, separated by tabs, lists by spaces:
  file          path below the fixtures
  id            "id", else "@id"
  type          "type"; of a list the first without a colon
  actor, object id under these keys: a string, or "id" of an object, or of the first of a list
  text          first 12 hex digits of the SHA-256 of content, else name, else summary;
                of the embedded object if the document itself has none of them
  attributedTo  ids, in order
  addressees    ids of "to" and "cc", each once, sorted; everyone in its full spelling
  dates         published, updated, startTime, endTime in UTC to the millisecond, "-" if absent
  reads         "actor": one of the five types with an http(s) id and an inbox at the same origin;
                "item": a type that we show, with an http(s) id and a text; "-": anything else
"""
import datetime
import hashlib
import json
import re
import sys
import urllib.parse

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ACTORS = {"Person", "Organization", "Group", "Service", "Application"}
ITEMS = {"Note", "Article", "Page", "Question", "Event", "Document", "Image", "Video", "Audio"}


def many(value):
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def ident(value):
    if isinstance(value, str):
        return PUBLIC if value in ("as:Public", "Public") else value
    if isinstance(value, dict):
        for key in ("id", "@id", "href"):
            if isinstance(value.get(key), str) and value[key]:
                return value[key]
    return ""


def ids(value):
    return [i for i in map(ident, many(value)) if i]


def one(value):
    return next(iter(ids(value)), "")


def string(value):
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) else ""


def kind(doc):
    types = [t for t in many(doc.get("type", doc.get("@type"))) if isinstance(t, str)]
    plain = [t.removeprefix("as:") for t in types if ":" not in t or t.startswith("as:")]
    return (plain or types or [""])[0]


def text(doc):
    for key in ("content", "name", "summary"):
        found = string(doc.get(key))
        if found:
            return found
    return ""


def deep_text(doc):
    found = text(doc)
    if not found:
        inner = next((o for o in many(doc.get("object")) if isinstance(o, dict)), {})
        found = text(inner)
    return hashlib.sha256(found.encode()).hexdigest()[:12] if found else ""


def date(doc, key):
    raw = string(doc.get(key))
    if not raw:
        return "-"
    try:
        at = datetime.datetime.fromisoformat(raw.replace("Z", "+00:00"))
    except ValueError:
        return "-"
    if at.tzinfo is None:
        at = at.replace(tzinfo=datetime.timezone.utc)
    at = at.astimezone(datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (at.microsecond // 1000)


def origin(address):
    u = urllib.parse.urlsplit(address)
    real = re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]+)?", u.netloc)  # some fixtures are templates
    return (u.scheme, u.netloc.lower()) if u.scheme in ("http", "https") and real else None


def reads(doc):
    home = origin(ident(doc.get("id")))
    if home is None:
        return "-"
    if kind(doc) in ACTORS and origin(one(doc.get("inbox"))) == home:
        return "actor"
    vote = kind(doc) == "Note" and not string(doc.get("content")) and one(doc.get("inReplyTo"))
    if kind(doc) in ITEMS and text(doc) and not vote:
        return "item"
    return "-"


def main(folder):
    for line in list(open(folder + "/index.tsv", encoding="utf-8"))[1:]:
        row = line.rstrip("\n").split("\t")
        if row[1] != "activitypub" or row[8]:
            continue
        doc = json.load(open(folder + "/" + row[0], encoding="utf-8"))
        print("\t".join([
            row[0], ident(doc.get("id", doc.get("@id"))), kind(doc), one(doc.get("actor")), one(doc.get("object")),
            deep_text(doc), " ".join(ids(doc.get("attributedTo"))),
            " ".join(sorted(set(ids(doc.get("to")) + ids(doc.get("cc"))))),
            " ".join(date(doc, key) for key in ("published", "updated", "startTime", "endTime")),
            reads(doc),
        ]))


main(sys.argv[1])
