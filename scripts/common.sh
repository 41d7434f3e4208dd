# What setup.sh, lock.sh and try_ranges.sh share: the Python that SDA runs on, and uv. Source it in the repository's root.

say() { echo "$(basename "$0" .sh): $*" >&2; }

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; }

# Print a Python that SDA supports: $PYTHON if it is set, else the first that fits of those on the path.
find_python() {
    local machine python found
    machine="$(uname -s) $(uname -m)"
    case "$machine" in
        "Linux x86_64" | "Linux aarch64" | "Darwin arm64") ;;
        *)
            say "There is no current PyTorch for this machine ($machine): use Linux on x86-64 or ARM64, a Mac with Apple silicon, or WSL on Windows."
            return 1
            ;;
    esac
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        fits "$python" || continue
        "$python" -c 'import venv, ensurepip' 2>/dev/null || {
            say "$("$python" --version) has no venv module: install it (Debian, Ubuntu: apt install python3-venv) and run again."
            return 1
        }
        echo "$python"
        return
    done
    found=$("${PYTHON:-python3}" --version 2>&1) || found="no Python"
    say "SDA needs Python 3.11, 3.12 or 3.13 and found $found: install one of them and run again with PYTHON=/path/to/python3."
    return 1
}

# Print the path of uv, which resolves versions: the one on the path, else one installed into the folder given.
find_uv() {
    local python
    command -v uv && return
    python=$(find_python) || return 1
    "$python" -m venv "$1" && "$1/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.9' >&2 || return 1
    echo "$1/bin/uv"
}
