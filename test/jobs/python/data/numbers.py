"""Samples of numbers in arrays."""

import numpy as np
from sklearn import datasets

from data.samples import split


def digits(folder, keep=1797):
    loaded = datasets.load_digits()
    return split(loaded.data[:keep].astype(np.float32), loaded.target[:keep])


def digits_npz(folder):
    data = digits(folder)
    for part in data.x:
        np.savez(folder / f"{part}.npz", x=data.x[part], y=data.y[part])
    return data


def digits_compressed(folder):
    data = digits(folder)
    for part in data.x:
        np.savez_compressed(folder / f"{part}.npz", x=data.x[part].astype(np.float64), y=data.y[part])
    return data


def digits_few(folder):
    """150 labelled, the other 1,197 without labels."""
    data = digits(folder)
    np.save(folder / "more.npy", data.x["train"][150:])
    for part in data.x:
        data.x[part], data.y[part] = data.x[part][: 150 if part == "train" else None], data.y[part][: 150 if part == "train" else None]
        np.save(folder / f"{part}-x.npy", data.x[part])
        np.save(folder / f"{part}-y.npy", data.y[part])
    return data


def digits_gaps(folder):
    """A label of −1 where none is known; the labelled samples come first in Python's arrays."""
    data = digits(folder)
    labels = data.y["train"].copy()
    labels[200:] = -1
    np.savez(folder / "train.npz", x=data.x["train"], y=labels)
    np.savez(folder / "test.npz", x=data.x["test"], y=data.y["test"])
    data.x["train"], data.y["train"] = data.x["train"][:200], data.y["train"][:200]
    return data


def two_numbers_npy(folder):
    random = np.random.default_rng(5)
    x = random.normal(size=(320, 8)).astype(np.float32)
    y = np.stack([np.sin(x[:, 0]) + x[:, 1], x[:, 2] * x[:, 3]], 1).astype(np.float32)
    data = split(x, y, stratify=False)
    data.task = "regression"
    for part in data.x:
        np.save(folder / f"{part}-x.npy", data.x[part])
        np.save(folder / f"{part}-y.npy", data.y[part])
    return data


def labels_of_numbers():
    random = np.random.default_rng(6)
    x = random.normal(size=(320, 6)).astype(np.float32).round(3)
    y = (x @ random.normal(size=(6, 4)) + random.normal(0, 0.5, (320, 4)) > 0.8).astype(np.int64)
    data = split(x, y, stratify=False)
    data.task = "multiLabel"
    return data


def labels_npy(folder):
    data = labels_of_numbers()
    for part in data.x:
        np.save(folder / f"{part}-x.npy", data.x[part])
        np.save(folder / f"{part}-y.npy", data.y[part])
    return data
