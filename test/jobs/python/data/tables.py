"""Samples in the rows of tables."""

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.model_selection import train_test_split

from data.numbers import labels_of_numbers
from data.samples import Data


def table(loaded, label="kind", names=True):
    columns = [name.replace(" ", "_").replace("(", "").replace(")", "") for name in loaded.feature_names]
    frame = pd.DataFrame(loaded.data.astype(np.float32), columns=columns)
    frame[label] = np.asarray(loaded.target_names)[loaded.target] if names else loaded.target
    return frame


def halves(frame, label="kind", classes=None, **options):
    """The frame in two parts; classes in the order of their names, as they are found in a file."""
    train, test = train_test_split(frame, test_size=0.25, random_state=0, **options)
    data = Data({}, {}, tables={"train": train.reset_index(drop=True), "test": test.reset_index(drop=True)})
    names = classes or sorted(frame[label].unique())
    for part, rows in data.tables.items():
        data.x[part] = rows.drop(columns=label).to_numpy(np.float32) if all(kind.kind in "iuf" for kind in rows.drop(columns=label).dtypes) else None
        data.y[part] = rows[label].map({name: place for place, name in enumerate(names)}).to_numpy()
    return data


def iris_csv(folder):
    frame = table(datasets.load_iris())
    data = halves(frame, stratify=frame.kind)
    for part, rows in data.tables.items():
        rows.to_csv(folder / f"{part}.csv", index=False)
    return data


def iris_semicolons(folder):
    frame = table(datasets.load_iris(), names=False)
    data = halves(frame, stratify=frame.kind)
    for part, rows in data.tables.items():
        rows.to_csv(folder / f"{part}.csv", index=False, sep=";", header=False)
    return data


def cancer_csv(folder):
    frame = table(datasets.load_breast_cancer())
    data = halves(frame, stratify=frame.kind)
    for part, rows in data.tables.items():
        rows.to_csv(folder / f"{part}.csv", index=False)
    return data


def wine_parquet(folder):
    frame = table(datasets.load_wine())
    data = halves(frame, stratify=frame.kind)
    data.tables["train"].iloc[:70].to_parquet(folder / "train-0.parquet", index=False)
    data.tables["train"].iloc[70:].to_parquet(folder / "train-1.parquet", index=False)
    data.tables["test"].to_parquet(folder / "test.parquet", index=False)
    return data


def people():
    random, rows = np.random.default_rng(13), 240
    frame = pd.DataFrame(
        {
            "age": random.integers(17, 80, rows).astype(float),
            "work": random.choice(["private", "state", "own", None], rows),
            "hours": random.choice([20.0, 38.0, 40.0], rows),
            "married": random.random(rows) < 0.5,
            "country": "NL",
        }
    )
    score = frame.age / 20 + frame.hours / 20 + 1.5 * (frame.work == "own") + frame.married + random.normal(0, 0.4, rows)
    frame["income"] = np.where(score > score.median(), "high", "low")
    frame.loc[random.random(rows) < 0.15, "age"] = np.nan
    frame.loc[random.random(rows) < 0.15, "hours"] = np.nan
    return halves(frame, "income", stratify=frame.income)


def people_csv(folder):
    data = people()
    for part, rows in data.tables.items():
        rows.to_csv(folder / f"{part}.csv", index=False)
    return data


def people_jsonl(folder):
    data = people()
    for part, rows in data.tables.items():
        rows.to_json(folder / f"{part}.jsonl", orient="records", lines=True)
    return data


def people_parquet(folder):
    data = people()
    for part, rows in data.tables.items():
        rows.to_parquet(folder / f"{part}.parquet", index=False)
    return data


def diabetes_csv(folder):
    loaded = datasets.load_diabetes()
    frame = pd.DataFrame(loaded.data.astype(np.float32), columns=loaded.feature_names)
    frame["progress"] = ((loaded.target - 152) / 77).astype(np.float32)
    train, test = train_test_split(frame, test_size=0.25, random_state=0)
    data = Data({}, {}, "regression")
    for part, rows in [("train", train), ("test", test)]:
        rows.to_csv(folder / f"{part}.csv", index=False)
        data.x[part], data.y[part] = rows.drop(columns="progress").to_numpy(), rows.progress.to_numpy()
    return data


def labels_csv(folder):
    data = labels_of_numbers()
    names = np.asarray(["cat", "dog", "indoors", "sunny"])
    for part in data.x:
        frame = pd.DataFrame(data.x[part], columns=[f"x{k}" for k in range(6)])
        frame["tags"] = ["|".join(names[row == 1]) for row in data.y[part]]
        frame.to_csv(folder / f"{part}.csv", index=False)
    return data
