#!/usr/bin/env bash
# All tests: format, lints, Rust on both databases, TypeScript, stories in a real browser.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step packages
tests/install.sh

step browser code
[ -d node_modules ] && [ node_modules -nt package-lock.json ] || { npm ci --no-audit --no-fund && touch node_modules; }
npm run --silent build
npm run --silent check
npx --no-install prettier --check --log-level warn 'src/browser/*.{ts,mjs}' 'tests/**/*.{ts,mjs}' 'benches/*.mjs'
npm test --silent

step format
cargo fmt --check

step lints
cargo clippy --locked --all-targets -- -D warnings

# What tests write is of no use afterwards: where memory has room for it, none waits for a disk.
room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
[ "${room:-0}" -lt 4000000 ] || export TMPDIR=/dev/shm

step Rust on SQLite and PostgreSQL
# cargo-nextest runs the stories side by side; where it is missing, cargo's own runner does.
if cargo nextest --version >/dev/null 2>&1; then runner=(cargo nextest run --locked --no-fail-fast); else runner=(cargo test --locked --no-fail-fast); fi
INSTA_UPDATE=no tests/with-postgres.sh "${runner[@]}"

step an independent FHIR validator
tests/fhir.sh

step stories in a browser
cargo build --locked --tests
tests/browser.sh

step done
