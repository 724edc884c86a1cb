"""Optuna's TPE: reads the space from stdin, then writes a combination a line and reads what it reaches, null where it has failed."""

import json
import sys

import optuna

asked = json.loads(sys.stdin.readline())


def suggest(trial, path, values):
    if isinstance(values, list):
        return values[trial.suggest_categorical(path, range(len(values)))]
    of = trial.suggest_int if values["integer"] else trial.suggest_float
    return of(path, values["min"], values["max"], log=values["log"])


optuna.logging.set_verbosity(optuna.logging.WARNING)
direction = "maximize" if asked["better"] == "higher" else "minimize"
study = optuna.create_study(direction=direction, sampler=optuna.samplers.TPESampler(seed=asked["seed"]))
for _ in range(asked["trials"]):
    trial = study.ask()
    print(json.dumps({path: suggest(trial, path, values) for path, values in asked["space"]}), flush=True)
    value = json.loads(sys.stdin.readline())
    if value is None:
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
    else:
        study.tell(trial, value)
