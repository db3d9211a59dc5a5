#!/usr/bin/env bash
# Third-party players on a packaged film that are too large for every test run: GStreamer's playbin (74 MB of packages).
# ffmpeg's HLS player and mediainfo are part of `make test`, and so are hls.js and shaka-player in Chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."
plugins=(hlsdemux isomp4 libav videoparsersbad)
packages=(gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav)

missing() {
    command -v gst-launch-1.0 >/dev/null && command -v gst-inspect-1.0 >/dev/null || return 0
    local plugin
    for plugin in "${plugins[@]}"; do gst-inspect-1.0 --exists "$plugin" || gst-inspect-1.0 "$plugin" >/dev/null 2>&1 || return 0; done
    return 1
}

if missing; then
    printf 'GStreamer is missing; run this as root, then try again:\n  apt-get install --no-install-recommends %s\n' "${packages[*]}" >&2
    exit 1
fi
tools=$(pwd)/.marquee/tools
export FFMPEG=$tools/ffmpeg FFPROBE=$tools/ffprobe PACKAGER=$tools/packager
cargo test -p transcode-lambda --features clients --test it clients::
