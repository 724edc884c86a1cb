#!/usr/bin/env bash
# Builds the TensorFlow engine for NVIDIA cards (2.9 GB to fetch) and holds it to the same tests as the others: every kernel,
# random programs, gradients, state that moves between engines. On a machine without a card the same build is tested on the
# CPU, and the last line says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"
bash test/engine/setup-tensorflow.sh --gpu --without-card "$@"
export DISTILL_REQUIRE_TENSORFLOW=1 DISTILL_TEST_ENGINE=gpu
node --test --test-concurrency=1 'server/engine/graph/**/*.test.ts' 'server/engine/native/tensorflow/executor.test.ts' \
  'test/parity/**/*.test.ts'
node server/cli.ts engine list | grep '^tensorflow-gpu'
