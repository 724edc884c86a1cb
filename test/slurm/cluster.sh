#!/usr/bin/env bash
# A cluster of Slurm on this machine, of two nodes n1 and n2 with two processors each, as plain processes that need neither systemd nor
# cgroups: `cluster.sh start FOLDER`, also to start again what was killed in it, and `cluster.sh stop FOLDER`. Everything is in FOLDER, and
# every socket is of the loopback device where the machine allows it; SLURM_CONF=FOLDER/slurm.conf is all that a client needs.
set -euo pipefail
verb=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd -P)
export PATH="$PATH:/usr/sbin:/sbin" SLURM_CONF="$folder/slurm.conf"
die() { echo "cluster.sh: $*" >&2; exit 1; }
pid_of() { # program, by its pid file; nothing where another program has that number
  local pid
  pid=$(cat "$folder/$1.pid" 2>/dev/null) || return 1
  grep -q "^${1%%.*}" "/proc/$pid/comm" 2>/dev/null && echo "$pid"
}

if [ "$verb" = stop ]; then
  pid_of slurmctld >/dev/null && timeout 15 scancel --quiet --full --me || true
  # Jobs whose node is gone: their environment names this cluster and a job.
  for entry in /proc/[0-9]*; do
    pid=${entry#/proc/}
    [ "$pid" != $$ ] || continue
    given=$({ tr '\0' '\n' <"$entry/environ"; } 2>/dev/null) || continue
    case "$given" in *"SLURM_CONF=$SLURM_CONF"*) case "$given" in *SLURM_JOB_ID=*) kill -KILL "$pid" 2>/dev/null || true ;; esac ;; esac
  done
  for name in slurmd.n1 slurmd.n2 slurmctld munged; do
    pid=$(pid_of "$name") || continue
    kill -TERM "$pid"
    for _ in $(seq 50); do pid_of "$name" >/dev/null || break; sleep 0.1; done
    if pid_of "$name" >/dev/null; then kill -KILL "$pid"; fi
  done
  exit 0
fi

# Daemons bind to what the host's name resolves to. Where that is no loopback address, they get a host's name of their own if that is allowed.
host=$(hostname)
address=$(getent ahostsv4 "$host" | awk 'NR == 1 { print $1 }') || true
within() { "$@"; }
if [[ $address != 127.* ]] && unshare --uts true 2>/dev/null; then
  host=localhost
  address=127.0.0.1
  within() { unshare --uts sh -c 'hostname localhost && exec "$@"' sh "$@"; }
fi
[ -n "$address" ] || die "$host does not resolve: add it to /etc/hosts"

if [ ! -e "$SLURM_CONF" ]; then
  mkdir -p "$folder/state" "$folder/n1" "$folder/n2"
  (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
  chmod 711 "$folder"
  echo "CgroupPlugin=disabled" >"$folder/cgroup.conf"
  taken() { (exec 3<>"/dev/tcp/$address/$1") 2>/dev/null; }
  port=16900
  while taken $port || taken $((port + 1)) || taken $((port + 2)); do port=$((port + 10)); done
  # cred_expire is also how long a requeued job waits.
  cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host($address)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthInfo=socket=$folder/munge.socket,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=$port
SlurmctldPidFile=$folder/slurmctld.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmdLogFile=$folder/slurmd.%n.log
SlurmdSpoolDir=$folder/%n
StateSaveLocation=$folder/state
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,sched_min_interval=100000,batch_sched_delay=0,bf_interval=2,bf_continue
ReturnToService=2
SlurmdParameters=config_overrides
SlurmctldTimeout=20
SlurmdTimeout=20
BatchStartTimeout=10
KillWait=5
JobRequeue=1
MailProg=$(command -v true)
NodeName=n1 NodeHostname=$host NodeAddr=$address Port=$((port + 1)) CPUs=2 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=$address Port=$((port + 2)) CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP
CONF
fi

# It would refuse a folder below one that everybody can write, as /tmp is.
pid_of munged >/dev/null || munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
  --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munge.seed" 2>>"$folder/munged.log" ||
  die "munged did not start: $(tail -n 3 "$folder/munged.log")"
pid_of slurmctld >/dev/null || within slurmctld -f "$SLURM_CONF" </dev/null >>"$folder/slurmctld.log" 2>&1 || die "slurmctld did not start"
for node in n1 n2; do
  pid_of "slurmd.$node" >/dev/null || within slurmd -f "$SLURM_CONF" -N $node </dev/null >>"$folder/slurmd.$node.log" 2>&1 || die "slurmd did not start"
done
# A daemon that ends after it went to the background is seen here.
for _ in $(seq 150); do
  [ "$(timeout 3 sinfo -N -h -o %T 2>/dev/null | grep -cE '^(idle|mixed|allocated|completing|planned)$')" = 2 ] && exit 0
  sleep 0.2
done
tail -n 5 "$folder"/*.log >&2
die "the nodes are not ready"
