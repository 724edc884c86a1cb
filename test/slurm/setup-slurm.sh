#!/usr/bin/env bash
# Installs what the tests with Slurm need. As root on Debian or Ubuntu it installs it itself; where it is installed, nothing happens.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"
command -v munged >/dev/null && command -v slurmctld >/dev/null && command -v slurmd >/dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Install Slurm and munge: apt-get install slurm-wlm munge" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# The packages' own services are not started.
export RUNLEVEL=1
apt-get update -qq
apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null
