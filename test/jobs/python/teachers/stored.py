"""What a teacher that stays in Python has said, and what several say together."""

import numpy as np
import torch
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from networks import OwnScale, Words
from teachers.answers import answers
from teachers.estimators import forest, xgb
from teachers.pytorch import torch_dense, torch_teacher


def said_logits_npz(folder, data):
    torch.manual_seed(0)
    scores = torch_teacher(folder, data, OwnScale(data), name="not-given.onnx")
    (folder / "not-given.onnx").unlink()
    np.savez(folder / "said.npz", **{part: scores(data.x[part]) for part in data.x})
    return scores


def said_likeliest_npz(folder, data):
    """Probabilities of three classes; of the others it is known only what is left of 1."""
    scores = torch_dense(folder, data)
    (folder / "teacher.onnx").unlink()

    def shares(x):
        said = torch.from_numpy(scores(x)).double().softmax(1)
        values, indices = said.topk(3, 1)
        others = (1 - values.sum(1, keepdim=True)) / (said.shape[1] - 3)
        return others.expand(-1, said.shape[1]).scatter(1, indices, values).numpy()

    for part in data.x:
        values, indices = torch.from_numpy(shares(data.x[part])).topk(3, 1)
        np.savez(folder / f"said-{part}.npz", indices=indices.numpy(), values=values.numpy().astype(np.float32))
    return answers("probabilities", shares)


def said_probabilities_csv(folder, data):
    """A pipeline over mixed columns, which no ONNX file is made of."""
    pipeline = mixed_columns(data)
    classes = pipeline.classes_
    for part, rows in data.tables.items():
        shares = pipeline.predict_proba(rows)
        np.savetxt(folder / f"said-{part}.csv", shares, delimiter=",", header=",".join(map(str, classes)), comments="")
    return answers("probabilities", pipeline.predict_proba)


def said_logarithms_npy(folder, data):
    pipeline = mixed_columns(data)
    for part, rows in data.tables.items():
        np.save(folder / f"said-{part}.npy", pipeline.predict_log_proba(rows))
    return answers("probabilities", pipeline.predict_proba)


def mixed_columns(data):
    columns = make_column_transformer(
        (SimpleImputer(strategy="median"), ["age", "hours"]),
        (OneHotEncoder(handle_unknown="ignore"), ["work"]),
        ("passthrough", ["married"]),
    )
    pipeline = make_pipeline(columns, RandomForestClassifier(40, max_depth=6, random_state=0))
    return pipeline.fit(data.tables["train"].drop(columns="income"), data.tables["train"].income)


def said_of_sentences(folder, data):
    """What a service has said of each text: the share of each topic, rounded to two digits."""
    torch.manual_seed(0)
    scores = torch_teacher(folder, data, Words(data.outputs), sees=torch.from_numpy, rate=2e-2, name="not-given.onnx")
    (folder / "not-given.onnx").unlink()

    def shares(x):
        said = torch.from_numpy(scores(x)).softmax(1).numpy().astype(np.float64).round(2)
        said[np.arange(len(said)), said.argmax(1)] += 1 - said.sum(1)
        return said

    for part in data.x:
        np.savetxt(folder / f"said-{part}.csv", shares(data.x[part]), delimiter=",", fmt="%.2f", header="cooking,money,sailing", comments="")
    return answers("probabilities", shares)


def three_together(folder, data):
    """A forest, boosted trees and a network: the mean of their probabilities, the network counting twice."""
    members = []
    for name, make in [("forest", forest), ("xgb", xgb), ("network", torch_dense)]:
        members.append(make(folder, data))
        (folder / "teacher.onnx").rename(folder / f"{name}.onnx")

    def shares(x):
        a, b, c = (member(x).astype(np.float64) for member in members)
        return (a + b + 2 * torch.from_numpy(c).softmax(1).numpy()) / 4

    return answers("probabilities", shares)
