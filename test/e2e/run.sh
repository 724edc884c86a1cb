#!/usr/bin/env bash
# Packs the extension once, and tests it in two editors at a time: run.sh [FILE…].
set -euo pipefail
cd "$(dirname "$0")/../.."
bash test/e2e/setup-vscode.sh >/dev/null
target="linux-$(node -p process.arch)"
# Where each file packs it anew, one pulls it from under another.
node scripts/package.mjs "$target" >/dev/null
export DISTILLERY_VSIX="$PWD/distillery-$target.vsix"
[ $# -gt 0 ] || set -- 'test/e2e/**/*.test.ts'
exec node test/support/runTests.ts "$@"
