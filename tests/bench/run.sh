#!/usr/bin/env bash
# Measures on this machine, in one run. Loopback only, bounded in time; leaves no process behind.
#
#   tests/bench/run.sh edge       the edge's three hot routes against the Node peer: requests/s, latency
#   tests/bench/run.sh startup    from a click to the first frame, in Chromium
#   tests/bench/run.sh playable   from the last uploaded byte of a one-minute 1080p master to its first bytes at a viewer
#   tests/bench/run.sh pipeline   the whole pipeline against one bare ffmpeg process: a quarter of an hour
#   tests/bench/run.sh simulate   a 4K HDR10 master's recorded times replayed on 2 to 1,000 workers, for a film of two hours
#   tests/bench/run.sh memory     what a worker holds outside ffmpeg, with a master of 50 GB
set -euo pipefail
cd "$(dirname "$0")/../.."
parts=${*:-edge startup}
out=.marquee/bench-output
pids=()
finish() { for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done; }
trap finish EXIT
trap 'exit 130' INT TERM

# wait_for_line FILE PATTERN PID SECONDS
wait_for_line() {
    local until=$((SECONDS + $4))
    until grep -q "$2" "$1" 2>/dev/null; do
        kill -0 "$3" 2>/dev/null && [ "$SECONDS" -lt "$until" ] || { cat "$1" "${1%.txt}.log" >&2 2>/dev/null; return 1; }
        sleep 0.2
    done
}

# What an earlier run printed must not be taken for this one's.
rm -f $out/*.txt && mkdir -p $out
cargo build --quiet --bins
tools=$(pwd)/.marquee/tools
export FFMPEG=$tools/ffmpeg FFPROBE=$tools/ffprobe PACKAGER=$tools/packager
echo "Machine: $(nproc) cores, $(awk -F ': ' '/model name/ {print $2; exit}' /proc/cpuinfo); load generator on the same cores"

if [[ " $parts " == *" pipeline "* ]]; then
    target/debug/bench pipeline --timings $out/timings.json
fi
if [[ " $parts " == *" simulate "* ]]; then
    target/debug/bench simulate tests/bench/recordings/uhd-hdr10-6s.json --shorter tests/bench/recordings/uhd-hdr10-2s.json --film-s 7200
fi
if [[ " $parts " == *" memory "* ]]; then
    target/debug/bench memory
fi
if [[ " $parts " != *" edge "* && " $parts " != *" startup "* && " $parts " != *" playable "* ]]; then
    exit 0
fi

fresh=$([ -d .marquee/bench ] || echo yes)
target/debug/stack up --state-dir .marquee/bench --listen 127.0.0.1:0 >$out/stack.txt 2>$out/stack.log &
pids+=($!)
wait_for_line $out/stack.txt '^password: ' $! 600
# The encoders of a first start would be measured too.
[ -z "$fresh" ] || wait_for_line $out/stack.log '"Ember" is playable' $! 300
marquee=$(grep -m 1 '^http://' $out/stack.txt)
username=$(sed -n 's/^username: //p' $out/stack.txt)
MARQUEE_PASSWORD=$(sed -n 's/^password: //p' $out/stack.txt)
export MARQUEE_PASSWORD

if [[ " $parts " == *" edge "* ]]; then
    (cd tests/bench/peer-node && npm ci --no-audit --no-fund --loglevel=error)
    rm -rf .marquee/bench-peer
    target/debug/stack services --state-dir .marquee/bench-peer >$out/services.txt 2>$out/services.log &
    pids+=($!)
    wait_for_line $out/services.txt '^VALKEY_URL=' $! 90
    set -a; . $out/services.txt; set +a
    psql=$(ls /usr/lib/postgresql/*/bin/psql | sort -V | tail -n 1)
    "$psql" -Xq -v ON_ERROR_STOP=1 -f tests/bench/peer-node/schema.sql "$DATABASE_URL"
    port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
    NODE_ENV=production PORT=$port SECRET=$(node -p 'crypto.randomBytes(32).toString("hex")') node tests/bench/peer-node/server.mjs >$out/peer.txt 2>$out/peer.log &
    pids+=($!)
    wait_for_line $out/peer.txt '^ready' $! 30
    target/debug/bench edge --marquee "$marquee" --username "$username" --peer "http://127.0.0.1:$port"
fi

if [[ " $parts " == *" startup "* ]]; then
    (cd tests/browser && npm ci --no-audit --no-fund --loglevel=error)
    MARQUEE_URL=$marquee MARQUEE_USERNAME=$username node tests/bench/startup.mjs
fi

if [[ " $parts " == *" playable "* ]]; then
    # About 6 Mbit/s, a closed group of pictures every 2 s: what an editor's "H.264 1080p" preset gives.
    [ -f $out/minute.mp4 ] || "$FFMPEG" -v error -y -f lavfi -i 'testsrc2=s=1920x1080:r=24000/1001:d=60.06,noise=alls=6:allf=t:all_seed=3' \
        -f lavfi -i 'sine=440:r=48000:d=60.06' -ac 2 -c:v libx264 -preset ultrafast -b:v 6M -maxrate 7M -bufsize 7M -g 48 -bf 2 \
        -pix_fmt yuv420p -c:a aac -b:a 128k -movflags +faststart $out/minute.mp4
    target/debug/bench playable --marquee "$marquee" --username "$username" $out/minute.mp4
fi
