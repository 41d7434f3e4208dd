#!/usr/bin/env bash
# The quick tests with the lowest versions that the ranges of pyproject.toml allow; arguments: see try_ranges.sh.
exec "$(dirname "$0")/try_ranges.sh" lowest-direct "$@"
