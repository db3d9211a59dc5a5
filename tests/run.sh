#!/usr/bin/env bash
# Every test there is: Rust (unit, PostgreSQL, Valkey, ffmpeg, wasm components), the web app's units, and the browser
# against a fresh stack. Installs and builds what it needs, starts its own servers on free loopback ports, stops them.
# The last line is `N passed, N failed`; the exit status is that of the tests.
#
#   tests/run.sh [rust] [web] [browser]     only these parts
set -uo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never NO_COLOR=1
parts=${*:-rust web browser}
out=.marquee/test-output
passed=0 failed=0
service_pid='' stack_pid=''

say() { printf '==> [%4ds] %s\n' "$SECONDS" "$*"; }
wants() { [[ " $parts " == *" $1 "* ]]; }

# Ends a process of ours by pid, and waits for it.
end() { [ -n "$1" ] && kill -TERM "$1" 2>/dev/null && wait "$1" 2>/dev/null; return 0; }
finish() { end "$stack_pid"; end "$service_pid"; }
trap finish EXIT
trap 'exit 130' INT TERM

# count LABEL PASSED FAILED STATUS: a runner that fails without a failed test (it could not start) counts as one failure.
count() {
    local label=$1 good=$2 bad=$3 status=$4
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$status" -eq 0 ] && [ $((good + bad)) -eq 0 ]; then say "$label ran no test"; bad=1; fi
    passed=$((passed + good)) failed=$((failed + bad))
    say "$label: $good passed, $bad failed"
}

# wait_for_line FILE PATTERN PID SECONDS: until PATTERN stands in FILE, or PID ended.
wait_for_line() {
    local until=$((SECONDS + $4))
    until grep -q "$2" "$1" 2>/dev/null; do
        kill -0 "$3" 2>/dev/null || return 1
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.2
    done
}

build() {
    bash tests/stack/setup.sh --tests || exit 1
    say 'Building the edge functions'
    make --no-print-directory functions || exit 1
    say 'Building the web app'
    make --no-print-directory functions/web/ui/dist/index.html || exit 1
    say 'Building everything else, with its tests'
    # Not `build --all-targets`: the functions are components and don't link as native libraries.
    cargo test --quiet --no-run || exit 1
    local packages
    for packages in tests/tus tests/browser; do
        [ -f $packages/package-lock.json ] && { (cd $packages && npm ci --no-audit --no-fund --loglevel=error) || exit 1; }
    done
}

rust_tests() {
    say 'Starting PostgreSQL and Valkey for the tests'
    rm -rf .marquee/test
    target/debug/stack services --state-dir .marquee/test >$out/services.txt 2>$out/services.log &
    service_pid=$!
    wait_for_line $out/services.txt '^VALKEY_URL=' $service_pid 90 || { cat $out/services.log; count 'Rust tests' 0 1 1; return; }
    local tools status
    tools=$(pwd)/.marquee/tools
    (
        set -a; . $out/services.txt; set +a
        export FFMPEG=$tools/ffmpeg FFPROBE=$tools/ffprobe PACKAGER=$tools/packager SQLX_OFFLINE=true
        # A test that hangs is a failure, not a reason to wait for whoever started us to lose patience.
        timeout --kill-after=30 2400 cargo test --no-fail-fast 2>&1
    ) | tee $out/rust.txt | grep --line-buffered -E '^(test .*(FAILED|ignored)|test result|     Running|---- |error|thread .* panicked)'
    status=${PIPESTATUS[0]}
    count 'Rust tests' \
        "$(awk '/^test result:/ {n += $4} END {print n + 0}' $out/rust.txt)" \
        "$(awk '/^test result:/ {n += $6} END {print n + 0}' $out/rust.txt)" "$status"
    [ "$status" -eq 0 ] || tail -n 400 $out/rust.txt
    end "$service_pid"; service_pid=''
}

web_tests() {
    local status
    (cd functions/web/ui && npx --no-install tsc --noEmit && npx --no-install vitest run --reporter=tap-flat) >$out/web.txt 2>&1
    status=$?
    count 'Web unit tests' "$(grep -c '^ok ' $out/web.txt)" "$(grep -c '^not ok ' $out/web.txt)" "$status"
    [ "$status" -eq 0 ] || cat $out/web.txt
}

browser_tests() {
    say 'Starting a fresh stack for the browser tests'
    rm -rf .marquee/test-stack
    # The films with all of their ladder, not their copies: pages show trick play and qualities.
    COPY_FIRST=false target/debug/stack up --state-dir .marquee/test-stack --listen 127.0.0.1:0 >$out/stack.txt 2>$out/stack.log &
    stack_pid=$!
    wait_for_line $out/stack.txt '^password: ' $stack_pid 600 || { tail -n 60 $out/stack.log; count 'Browser tests' 0 1 1; return; }
    # The player's tests would share the processors with the encoders of the other films.
    wait_for_line $out/stack.log '"Ember" is playable' $stack_pid 300 || say 'The last sample film is not ready yet: going on without it'
    local status
    (
        cd tests/browser || exit 1
        export MARQUEE_URL MARQUEE_USERNAME MARQUEE_PASSWORD MARQUEE_CTL MARQUEE_STATE MARQUEE_PLAYBACK_KEYS FFMPEG
        MARQUEE_URL=$(grep -m 1 '^http://' ../../$out/stack.txt)
        MARQUEE_USERNAME=$(sed -n 's/^username: //p' ../../$out/stack.txt)
        MARQUEE_PASSWORD=$(sed -n 's/^password: //p' ../../$out/stack.txt)
        MARQUEE_STATE=$(cd ../../.marquee/test-stack && pwd)
        MARQUEE_CTL="$PWD/../../target/debug/stack ctl --state-dir $MARQUEE_STATE"
        MARQUEE_PLAYBACK_KEYS=$(node -p 'JSON.parse(require("fs").readFileSync(process.env.MARQUEE_STATE + "/secrets.json")).playback_keys')
        FFMPEG=$PWD/../../.marquee/tools/ffmpeg
        timeout --kill-after=30 1500 npm test --silent
    ) >$out/browser.txt 2>&1
    status=$?
    cat $out/browser.txt
    count 'Browser tests' "$(sed -n 's/^# pass //p' $out/browser.txt | tail -n 1)" "$(sed -n 's/^# fail //p' $out/browser.txt | tail -n 1)" "$status"
    [ "$status" -eq 0 ] || { say 'The end of the stack'\''s log:'; tail -n 150 $out/stack.log; }
    end "$stack_pid"; stack_pid=''
}

rm -rf $out && mkdir -p $out # What an earlier run printed must not be taken for this one's.
build
wants rust && rust_tests
wants web && web_tests
wants browser && browser_tests
say 'Done'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
