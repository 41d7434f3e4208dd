#!/usr/bin/env bash
# Install SDA with the newest or the lowest versions that pyproject.toml allows, run the quick tests and print what broke.
#   scripts/newest.sh [--keep FOLDER] [PYTEST ARGUMENTS]     the same with scripts/lowest.sh
# The environment is thrown away, or kept in FOLDER (then: make test VENV=FOLDER). CI does not run this.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh
resolution=$1 # highest or lowest-direct
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
venv=$scratch/venv
if [ "${1:-}" = --keep ]; then
    venv=$2
    shift 2
fi

export UV_NO_CONFIG=1 UV_PYTHON_DOWNLOADS=never
uv=$(find_uv "$scratch/uv")
python=$(find_python)

say "installing the $resolution versions with $("$python" --version)"
"$uv" venv --quiet --seed --python "$python" "$venv"
"$uv" pip install --quiet --python "$venv/bin/python" --resolution "$resolution" --group build --editable '.[app,effects,media,cluster,test,docs]'
touch "$venv/.ready"
"$uv" pip list --quiet --python "$venv/bin/python" --format freeze

say "running the quick tests"
if OMP_NUM_THREADS=1 "$venv/bin/python" -m pytest -m "not browser and not slow and not long" -n auto --maxprocesses 4 --dist loadfile "$@"; then
    say "everything passes"
else
    say "the tests above fail with these versions: mend the code, or narrow the range in pyproject.toml"
    exit 1
fi
