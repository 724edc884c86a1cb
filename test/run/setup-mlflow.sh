#!/usr/bin/env bash
# Installs MLflow's client into .cache/mlflow, for the test that reads exported logs with it. Where it is installed already, nothing
# happens. Needs Python 3.10 with pip; as root on Debian or Ubuntu it installs pip itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -d .cache/mlflow/mlflow ] && exit 0
if ! python3 -m pip --version >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq python3-pip >/dev/null
fi
# Whole or not at all.
rm -rf .cache/mlflow.new
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target .cache/mlflow.new mlflow-skinny==3.17.2
rm -rf .cache/mlflow
mv .cache/mlflow.new .cache/mlflow
