#!/usr/bin/env bash
# Renew requirements.lock: the newest versions that the ranges of pyproject.toml allow, one of each for all systems.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# No index, mirror or local wheel of this machine may reach the lock.
export UV_NO_CONFIG=1 PIP_CONFIG_FILE=/dev/null
unset UV_INDEX UV_DEFAULT_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_FIND_LINKS UV_TORCH_BACKEND

uv=$(find_uv "$scratch/uv")

compile() {
    "$uv" pip compile pyproject.toml --quiet --output-file "$scratch/requirements.lock" --upgrade \
        --extra app --extra effects --extra media --extra cluster --extra test --extra docs --group build \
        --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --only-binary :all: --custom-compile-command "make lock"
}

# Everything must exist as a wheel for every system and Python that setup accepts.
installable() {
    "$uv" pip install --quiet --dry-run --target "$scratch/nowhere" --python-platform "$1" --python-version "$2" \
        --only-binary :all: --require-hashes --no-deps --requirement "$scratch/requirements.lock"
}

compile
for platform in x86_64-manylinux_2_28 aarch64-manylinux_2_28 aarch64-apple-darwin; do
    for python in 3.11 3.12 3.13; do
        MACOSX_DEPLOYMENT_TARGET=14.0 installable "$platform" "$python" || {
            say "What was found can't be installed on $platform with Python $python: narrow a range in pyproject.toml and run again."
            exit 1
        }
    done
done
mv "$scratch/requirements.lock" requirements.lock
say "requirements.lock is renewed: run make test, then commit it."
