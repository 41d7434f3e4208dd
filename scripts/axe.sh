#!/usr/bin/env bash
# Print the path of axe-core, which the accessibility tests run in the page; install it when it isn't there yet. Without
# npm it prints nothing, and those tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/../widgets"
axe=node_modules/axe-core/axe.min.js

say() { echo "axe: $*" >&2; }

if [ ! -f "$axe" ]; then
    command -v npm >/dev/null || { say "without npm the accessibility tests are skipped"; exit 0; }
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
fi
echo "$PWD/$axe"
