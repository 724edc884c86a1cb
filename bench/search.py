"""Optuna's TPE with a run of distill for each trial: reads what is asked from stdin, prints the values in their order."""

import json
import subprocess
import sys

import optuna

asked = json.load(sys.stdin)


def suggest(trial, path, values):
    if isinstance(values, list):
        return values[trial.suggest_categorical(path, range(len(values)))]
    of = trial.suggest_int if values["integer"] else trial.suggest_float
    return of(path, values["min"], values["max"], log=values["log"])


def objective(trial):
    sets = [f"{path}={json.dumps(suggest(trial, path, values))}" for path, values in asked["space"]]
    command = [asked["node"], asked["distill"], "run", asked["file"], "--json"]
    for one in sets:
        command += ["--set", one]
    done = subprocess.run(command, capture_output=True, text=True)
    for line in reversed(done.stdout.splitlines()):
        event = json.loads(line)
        if event.get("type") == "completed":
            return event["summary"]["best"]["metrics"][asked["metric"]]
    sys.stderr.write(done.stderr)
    return float("nan")


optuna.logging.set_verbosity(optuna.logging.WARNING)
direction = "maximize" if asked["better"] == "higher" else "minimize"
study = optuna.create_study(direction=direction, sampler=optuna.samplers.TPESampler(seed=asked["seed"]))
study.optimize(objective, n_trials=asked["trials"])
json.dump([trial.value for trial in study.trials], sys.stdout)
