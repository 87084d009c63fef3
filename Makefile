# The two commands of the README are `make run` and `make test`.

SHELL := /bin/bash
.DEFAULT_GOAL := help
BROWSER_SOURCES := $(wildcard src/browser/*) package-lock.json
RUN ?= --data ./data

.PHONY: help run test bench assets check-tools clean

help:
	@echo "make run    build everything and serve a filled-in demo of Raipur from ./data"
	@echo "make test   install what the tests need and run them all"
	@echo "make bench  run the benchmarks, one JSON line each (ONLY=prefix for some of them)"

# Says which tool is missing, and how to get it.
check-tools:
	@command -v cargo >/dev/null || { echo "Rust is missing: see https://rustup.rs"; exit 1; }
	@command -v cc >/dev/null || { echo "A C compiler is missing: apt-get install gcc libc6-dev"; exit 1; }
	@command -v node >/dev/null && [ "$$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || { echo "Node.js 20 or newer is missing: see https://nodejs.org"; exit 1; }
	@command -v npm >/dev/null || { echo "npm is missing: it comes with Node.js"; exit 1; }

node_modules: package-lock.json
	npm ci --no-audit --no-fund
	@touch node_modules

static/dist/gate.js: $(BROWSER_SOURCES) | check-tools node_modules
	npm run --silent build

assets: static/dist/gate.js

run: check-tools assets
	cargo build --release
	./target/release/baari demo $(RUN)

test: check-tools
	tests/run.sh

bench: check-tools assets
	cargo build --release
	tests/with-postgres.sh cargo bench --bench figures -- "$(ONLY)"
	node benches/gate.mjs "$(ONLY)"
	node benches/counter.mjs "$(ONLY)"

clean:
	rm -rf target node_modules static/dist
