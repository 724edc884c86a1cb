#!/usr/bin/env bash
# Makes sure that the tests with Slurm can start a cluster. As root on Debian or Ubuntu it installs Slurm itself. Exit 0: a cluster was
# started and ran a job; 3: none starts here, or there is no Slurm and this machine is not ours to change.
set -uo pipefail
cd "$(dirname "$0")"
export PATH="$PATH:/usr/sbin:/sbin"
if ! { command -v munged && command -v slurmctld && command -v slurmd; } >/dev/null; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "NOT TESTED: Slurm. On Debian or Ubuntu: sudo apt-get install slurm-wlm munge"
    exit 3
  fi
  export DEBIAN_FRONTEND=noninteractive
  # The packages' own services are not started.
  export RUNLEVEL=1
  apt-get -o DPkg::Lock::Timeout=300 update -qq &&
    apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends slurm-wlm munge >/dev/null || exit 1
fi

folder=$(mktemp -d /tmp/slurm-XXXXXX)
trap './cluster.sh stop "$folder"; rm -rf "$folder"' EXIT
./cluster.sh start "$folder" && SLURM_CONF="$folder/slurm.conf" timeout 60 sbatch --quiet --wait --output=/dev/null --wrap true && exit 0
echo "NOT TESTED: Slurm. Its daemons do not start on this machine, or run no job; the lines above say why."
exit 3
