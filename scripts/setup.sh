#!/usr/bin/env bash
# Make the virtual environment (first argument) and install SDA with its page and its tests into it.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.venv}

say() { echo "setup: $*" >&2; }

find_python() {
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

if ! [ -x "$venv/bin/pip" ]; then
    python=$(find_python) || { say "Python 3.11 or newer is missing; install it (Debian: apt install python3 python3-venv)."; exit 1; }
    "$python" -c 'import venv, ensurepip' 2>/dev/null || { say "Python's venv module is missing; install it (Debian: apt install python3-venv)."; exit 1; }
    say "making $venv with $("$python" --version)"
    "$python" -m venv "$venv"
fi
say "installing SDA and what it needs (a few minutes the first time)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[app,effects,test]'
touch "$venv/.ready"
