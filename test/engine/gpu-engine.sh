#!/usr/bin/env bash
# Builds the TensorFlow engine for NVIDIA cards (2.9 GB to fetch) and holds it to the same tests as the others: every kernel,
# random programs, gradients, state that moves between engines. What comes out is kept in bench/results.json under "gpuEngine".
# On a machine without a card the same build is tested on the CPU, and the result says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"
bash test/engine/setup-tensorflow.sh --gpu --without-card "$@"
exec node bench/gpuEngine.ts
