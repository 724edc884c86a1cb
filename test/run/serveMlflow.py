"""MLflow's server with a database and nothing around it: `serveMlflow.py STORE ARTIFACTS PORT`. `mlflow server` needs packages for what no test asks."""

import sys

from mlflow.server import app
from mlflow.server.handlers import initialize_backend_stores

store, artifacts, port = sys.argv[1:]
initialize_backend_stores(store, store, artifacts)
app.run(host="127.0.0.1", port=int(port))
