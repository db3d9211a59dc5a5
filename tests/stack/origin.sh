#!/usr/bin/env bash
# Runs a command of the origin binary against the stack that `make up` runs: the same databases, objects and keys.
#
#   tests/stack/origin.sh ingest FILE --title "Harbour" --wait
#   tests/stack/origin.sh jobs --watch
#   tests/stack/origin.sh jobs watch ID
#   tests/stack/origin.sh admin list-accounts
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
settings=${MARQUEE_STATE:-$here/.marquee}/origin.env
[ -r "$settings" ] || { echo "Marquee has not run here yet; start it with 'make up'." >&2; exit 1; }
set -a
# shellcheck disable=SC1090
. "$settings"
set +a
exec "$here/target/debug/origin" "$@"
