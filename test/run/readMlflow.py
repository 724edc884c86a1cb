"""Prints what MLflow's client reads of a file store, as JSON: `readMlflow.py URI`."""

import json
import math
import sys

from mlflow.tracking import MlflowClient


def metric_points(client, run_id, key):
    points = client.get_metric_history(run_id, key)
    return [(point.timestamp, point.step, "nan" if math.isnan(point.value) else point.value) for point in points]


def run_read(client, run):
    return {
        "id": run.info.run_id,
        "name": run.info.run_name,
        "status": run.info.status,
        "start": run.info.start_time,
        "end": run.info.end_time,
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {key: metric_points(client, run.info.run_id, key) for key in run.data.metrics},
    }


client = MlflowClient(tracking_uri=sys.argv[1])
experiments = [
    {
        "name": experiment.name,
        "runs": [run_read(client, run) for run in client.search_runs([experiment.experiment_id])],
    }
    for experiment in client.search_experiments()
]
json.dump(experiments, sys.stdout)
