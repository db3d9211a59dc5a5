#!/usr/bin/env bash
# What the compiler does not say by itself: formatting, clippy, rustdoc, the shape of the dependency tree, the tree's tidiness.
set -euo pipefail
cd "$(dirname "$0")/.."
functions='-p edge -p gateway -p playback -p manifest -p license -p progress -p media -p telemetry -p web'

echo '==> cargo fmt'; cargo fmt --all --check
echo '==> clippy'; cargo clippy --quiet --all-targets -- -D warnings
# shellcheck disable=SC2086
echo '==> clippy, edge functions'; cargo clippy --quiet --release --target wasm32-wasip2 $functions -- -D warnings
echo '==> rustdoc'; RUSTDOCFLAGS='-D warnings' cargo doc --quiet --no-deps
echo '==> the shared crate stays pure'
for banned in tokio sqlx reqwest; do
    if cargo tree -q -p shared -e normal -i $banned 2>/dev/null | grep -q .; then echo "shared depends on $banned"; exit 1; fi
done
echo '==> tidy'; bash tests/tidy.sh
