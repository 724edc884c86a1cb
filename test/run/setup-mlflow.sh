#!/usr/bin/env bash
# Installs MLflow's client into .cache/mlflow, and what its server needs to answer, for the tests of exported logs. Where it is installed
# already, nothing happens. Needs Python 3.10 with pip; as root on Debian or Ubuntu it installs pip itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -d .cache/mlflow/flask ] && exit 0
if ! python3 -m pip --version >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq python3-pip >/dev/null
fi
# Whole or not at all.
rm -rf .cache/mlflow.new
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target .cache/mlflow.new \
  mlflow-skinny==3.17.2 flask==3.1.3 flask-cors==6.0.5 alembic==1.20.1 cryptography==50.0.2 sqlalchemy==2.1.9
rm -rf .cache/mlflow
mv .cache/mlflow.new .cache/mlflow
