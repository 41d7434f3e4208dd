#!/usr/bin/env bash
# Make the virtual environment (first argument) and install into it what requirements.lock names, then SDA itself.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh
venv=${1:-.venv}

make_venv() {
    local python
    python=$(find_python) || exit 1
    say "making $venv with $("$python" --version)"
    trap 'rm -rf "$venv"' EXIT # half an environment would be in the way of the next try
    "$python" -m venv "$venv"
    trap - EXIT
}

check_venv() {
    local found
    found=$("$venv/bin/python" --version 2>/dev/null) || found="no Python that runs"
    fits "$venv/bin/python" || {
        say "$venv has $found, and SDA needs Python 3.11, 3.12 or 3.13: delete it (rm -rf $venv) and run again."
        exit 1
    }
}

# -qq prints errors alone. The hashes of the lock decide what is installed, wherever the user's pip settings make pip look for it.
install() { "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-deps "$@"; }

if [ -e "$venv" ]; then check_venv; else make_venv; fi
say "installing SDA and what it needs (the first time some minutes: a download of 3 GB)"
install --require-hashes --only-binary :all: --requirement requirements.lock
install --no-build-isolation --editable .
touch "$venv/.ready"
