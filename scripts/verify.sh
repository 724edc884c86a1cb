#!/usr/bin/env bash
# Sets up what the tests need and runs all of them. Ends with one line of totals: "N passed, N failed".
# Needs Node >= 20 and npm. As root on Debian or Ubuntu it installs the browser and compiler of the editor tests, and a Vulkan
# driver in software, itself.
set -uo pipefail
cd "$(dirname "$0")/.."

passed=0 failed=0 report="$(mktemp)"
trap 'rm -f "$report"' EXIT

# count NAME COMMAND…: one check that passes or fails as a whole.
count() {
  local name="$1"; shift
  printf '\n== %s\n' "$name"
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); printf '%s: FAILED\n' "$name"; fi
}

# suite NAME COMMAND…: a run of node --test, whose own totals are added up. A suite that dies without totals has failed.
suite() {
  local name="$1"; shift
  printf '\n== %s\n' "$name"
  "$@" 2>&1 | tee "$report"
  local status=${PIPESTATUS[0]}
  local ok bad
  ok=$(grep -aoE '^(ℹ|#) pass [0-9]+' "$report" | tail -n 1 | grep -oE '[0-9]+')
  bad=$(grep -aoE '^(ℹ|#) fail [0-9]+' "$report" | tail -n 1 | grep -oE '[0-9]+')
  passed=$((passed + ${ok:-0}))
  failed=$((failed + ${bad:-0}))
  if [ -z "${ok:-}" ] || { [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; }; then failed=$((failed + 1)); printf '%s: FAILED\n' "$name"; fi
}

npm ci || { echo "npm ci failed"; echo "0 passed, 1 failed"; exit 1; }

count "types" npm run --silent typecheck
count "lint and format" npm run --silent lint
count "nothing unused" npm run --silent unused
count "the TensorFlow engine for the tests" npm run --silent setup:tensorflow
count "MLflow for the tests" npm run --silent setup:mlflow
printf '\n== a WebGPU device for the tests\n'
npm run --silent setup:webgpu
case $? in
  0) passed=$((passed + 1)) ;;
  3) export DISTILL_WITHOUT=webgpu ;; # None, and not as root: its tests say that they tested nothing.
  *) failed=$((failed + 1)); echo "a WebGPU device for the tests: FAILED" ;;
esac
printf '\n== Slurm for the tests\n'
npm run --silent setup:slurm
slurm=$?
case $slurm in
  0) passed=$((passed + 1)) ;;
  3) ;; # No cluster can be started here, which is told.
  *) failed=$((failed + 1)); echo "Slurm for the tests: FAILED" ;;
esac
suite "unit tests" npm run --silent test:unit
suite "parity with PyTorch" npm run --silent test:parity
suite "runs: killed, resumed, out of disk" npm run --silent test:run
[ "$slurm" -ne 0 ] || suite "a sweep on a real Slurm" npm run --silent test:slurm
suite "language server over its protocol" npm run --silent test:protocol
count "package" npm run --silent package
count "a real VS Code to test in" bash test/e2e/setup-vscode.sh
suite "the editor, end to end" npm run --silent test:e2e

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
