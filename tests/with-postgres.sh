#!/usr/bin/env bash
# Runs a command beside a private PostgreSQL: tests/with-postgres.sh COMMAND [ARGUMENT…]
# The command finds it in BAARI_TEST_POSTGRES, to which the name of a database is to be appended.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND [ARGUMENT…]" >&2; exit 2; }

bin=$(command -v postgres >/dev/null && dirname "$(readlink -f "$(command -v postgres)")" || true)
[ -x "${bin:-}/initdb" ] || bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -x "${bin:-}/initdb" ] || { echo "$0: no PostgreSQL found in PATH or /usr/lib/postgresql" >&2; exit 1; }

# PostgreSQL refuses to run as root.
as_server=()
[ "$(id -u)" -ne 0 ] || as_server=(runuser -u postgres --)

folder=$(mktemp -d "${TMPDIR:-/tmp}/baari-postgres.XXXXXX")
stop() {
    "${as_server[@]}" "$bin/pg_ctl" stop -D "$folder/data" -m immediate -s >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
[ "$(id -u)" -ne 0 ] || chown postgres "$folder"
cd "$folder"

"${as_server[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C >"$folder/made" 2>&1 \
    || { cat "$folder/made" >&2; exit 1; }

# A port that was free a moment ago may be taken by now: then another one is tried.
for attempt in 1 2 3 4 5; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
    options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$folder -c max_connections=200 -c fsync=on"
    if "${as_server[@]}" "$bin/pg_ctl" start -D "$folder/data" -w -s -l "$folder/log" -o "$options" >/dev/null 2>&1; then
        break
    fi
    [ "$attempt" -lt 5 ] || { cat "$folder/log" >&2; exit 1; }
done
cd "$OLDPWD"

export BAARI_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/"
status=0
"$@" || status=$?
exit "$status"

