#!/usr/bin/env bash
# Print the path of a Chromium for the browser tests; install one when there is none. The first argument is the venv.
set -euo pipefail
venv=${1:-.venv}

say() { echo "chromium: $*" >&2; }

works() { [ -n "$1" ] && "$1" --version >/dev/null 2>&1; }

installed() {
    local name path
    for name in "${SDA_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        path=$(command -v "$name" 2>/dev/null) || continue
        if works "$path"; then
            echo "$path"
            return
        fi
    done
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

from_debian() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null || return 1
    say "installing Debian's chromium"
    as_root apt-get update -qq >&2 && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >&2
}

from_playwright() {
    local path
    say "installing Playwright's Chromium"
    "$venv/bin/python" -m playwright install chromium >&2 || return 1
    path=$("$venv/bin/python" -c 'from playwright.sync_api import sync_playwright as p
with p() as browsers: print(browsers.chromium.executable_path)') || return 1
    works "$path" && echo "$path"
}

installed || { from_debian && installed; } || from_playwright || {
    say "No Chromium works here and none could be installed; install one (Debian: apt install chromium) and run again."
    exit 1
}
