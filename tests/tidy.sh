#!/usr/bin/env bash
# House rules that a program can check: documents name only paths that exist, files stay readable, nothing of a machine or a
# registry gets in.
set -uo pipefail
cd "$(dirname "$0")/.."
bad=0
complain() { printf 'tidy: %s\n' "$*"; bad=1; }

# Paths in back-quotes that look like ours must exist.
for document in README.md ARCHITECTURE.md docs/decisions/*.md terraform/README.md; do
    [ -f "$document" ] || continue
    while read -r path; do
        [ -e "$path" ] || complain "$document names $path, which does not exist"
    done < <(grep -oE '`(origin|shared|functions|transcode-lambda|terraform|tests|docs)/[A-Za-z0-9_./-]*`' "$document" | tr -d '`' | sort -u)
done

while read -r lines file; do
    complain "$file has $lines lines; is it still one idea? (500 at most)"
done < <(git ls-files '*.rs' '*.ts' '*.tsx' '*.mjs' | grep -vE '(^|/)(dist|generated)/|api/schema.ts$' | xargs -r wc -l | awk '$2 != "total" && $1 > 500 {print $1, $2}')

git grep -nE 'TODO|FIXME|XXX|todo!\(|unimplemented!\(|dbg!\(' -- '*.rs' '*.ts' '*.tsx' '*.mjs' '*.sh' ':!tests/tidy.sh' && complain 'unfinished work'
git grep -nE '"resolved":' -- '*package-lock.json' && complain 'a lock file names a registry'
git grep -nE '(^|[ "=])/(root|home/[a-z]+|work)/' -- ':!tests/tidy.sh' ':!*.svg' && complain 'a path of one machine'
exit $bad
