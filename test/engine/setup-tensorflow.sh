#!/usr/bin/env bash
# Builds the TensorFlow engine that the tests compare with, for the CPU, in DISTILL_ENGINES or the user's own folder.
# Where it is built already it is only tried. Needs npm, a C++ compiler and Python with pip; as root on Debian or Ubuntu it
# installs the last two itself. Arguments go to `distill engine install tensorflow`.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"
if ! { command -v g++ && python3 -m pip --version; } >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq g++ python3-pip >/dev/null
fi
exec node server/cli.ts engine install tensorflow "$@"
