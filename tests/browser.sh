#!/usr/bin/env bash
# The stories in a browser, two files at a time, the longest first. A file that fails is tried once more, alone: what passes only then is
# named, as a fault to mend.
set -euo pipefail
cd "$(dirname "$0")/.."

at_once=2
again=$(mktemp)
trap 'rm -f "$again"' EXIT
one() {
    node --test --test-reporter=spec "$1" || echo "$1" >>"$again"
}
export -f one
export again
{ printf 'tests/e2e/%s.test.mjs\n' pages tour gates desks; printf '%s\n' tests/e2e/*.test.mjs; } | awk '!seen[$0]++' | xargs -P "$at_once" -I {} bash -c 'one {}'

status=0
while read -r file; do
    printf '\n== once more: %s\n' "$file"
    if node --test --test-reporter=spec "$file"; then echo "flaky: $file"; else status=1; fi
done <"$again"
exit "$status"
