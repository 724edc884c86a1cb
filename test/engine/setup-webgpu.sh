#!/usr/bin/env bash
# Makes sure that there is a WebGPU device for the tests: where no graphics card is, Mesa's software Vulkan. As root on Debian or
# Ubuntu it installs that itself. Exit 0: there is a device; 3: there is none and this machine is not ours to change; 1: it was
# installed and does not work.
set -uo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"

tried() { node test/engine/tryWebgpu.ts; }

tried && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "NOT TESTED: WebGPU. It needs a Vulkan driver; on Debian or Ubuntu: sudo apt-get install mesa-vulkan-drivers"
  exit 3
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=300 update -qq &&
  apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends mesa-vulkan-drivers >/dev/null || exit 1
tried || exit 1
