"""Data sets as people have them: each function writes the files of one, and returns what Python itself makes of them.

Real ones are those that scikit-learn brings; texts and images are generated. All are small, and the same each time.
"""

import gzip
import struct
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from PIL import Image
from sklearn import datasets
from sklearn.model_selection import train_test_split
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers


@dataclass
class Data:
    """Raw samples in the order of the files, images as [samples, height, width, channels]."""

    x: dict
    y: dict
    task: str = "classification"
    tables: dict = field(default_factory=dict)  # as pandas has them, where samples are rows of mixed columns

    @property
    def outputs(self):
        labels = self.y["train"]
        return 1 + int(labels.max()) if self.task == "classification" else labels.reshape(len(labels), -1).shape[1]


def split(x, y, test=0.25, seed=0, stratify=True):
    a, b, c, d = train_test_split(x, y, test_size=test, random_state=seed, stratify=y if stratify else None)
    return Data({"train": a, "test": b}, {"train": c, "test": d})


# Numbers.


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


# Other tasks.


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


def labels_csv(folder):
    data = labels_of_numbers()
    names = np.asarray(["cat", "dog", "indoors", "sunny"])
    for part in data.x:
        frame = pd.DataFrame(data.x[part], columns=[f"x{k}" for k in range(6)])
        frame["tags"] = ["|".join(names[row == 1]) for row in data.y[part]]
        frame.to_csv(folder / f"{part}.csv", index=False)
    return data


# Images.


def pixels(folder):
    data = digits(folder)
    data.x = {part: x.reshape(-1, 8, 8, 1) for part, x in data.x.items()}
    return data


def digits_npy(folder):
    data = pixels(folder)
    for part in data.x:
        np.save(folder / f"{part}-x.npy", data.x[part].astype(np.uint8))
        np.save(folder / f"{part}-y.npy", data.y[part].astype(np.uint8))
    return data


def digits_first(folder):
    data = pixels(folder)
    for part in data.x:
        np.save(folder / f"{part}-x.npy", data.x[part].transpose(0, 3, 1, 2))
        np.save(folder / f"{part}-y.npy", data.y[part].astype(np.int32))
    return data


def digits_idx(folder):
    data = pixels(folder)
    for part in data.x:
        x, y = data.x[part].astype(np.uint8), data.y[part].astype(np.uint8)
        with gzip.open(folder / f"{part}-images.gz", "wb") as file:
            file.write(struct.pack(">4B3I", 0, 0, 8, 3, len(x), 8, 8) + x.tobytes())
        with gzip.open(folder / f"{part}-labels.gz", "wb") as file:
            file.write(struct.pack(">4BI", 0, 0, 8, 1, len(y)) + y.tobytes())
    return data


def stripes(count, size, classes=10, seed=2):
    """Stripes of one direction a class, in random colours and places, with noise: [count, size, size, 3], bytes."""
    random = np.random.default_rng(seed)
    y = np.arange(count) % classes
    rows, columns = np.mgrid[:size, :size]
    angle = (np.pi * y / classes)[:, None, None]
    phase = random.uniform(0, 2 * np.pi, (count, 1, 1))
    wave = np.sin((rows * np.sin(angle) + columns * np.cos(angle)) * 1.2 + phase)[..., None]
    colours = random.uniform(0.3, 1, (count, 1, 1, 3))
    x = 127 + 90 * wave * colours + random.normal(0, 12, (count, size, size, 3))
    return x.clip(0, 255).astype(np.uint8), y


def pictures(count, size, classes, seed=2):
    x, y = stripes(count, size, classes, seed)
    return split(x, y)


def cifar(folder):
    data = pictures(800, 32, 10)
    for part, name in [("train", "data_batch_1"), ("test", "test_batch")]:
        x, y = data.x[part].transpose(0, 3, 1, 2).reshape(len(data.x[part]), -1), data.y[part].astype(np.uint8)
        (folder / f"{name}.bin").write_bytes(np.concatenate([y[:, None], x], 1).tobytes())
    (folder / "batches.meta.txt").write_text("\n".join(f"angle{k}" for k in range(10)) + "\n")
    return data


def saved(data, folder, name, **options):
    """Images in files, read back as Pillow reads them."""
    for part in data.x:
        for place, pixels in enumerate(data.x[part]):
            path = folder / name(part, place)
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path, **options)
            data.x[part][place] = np.asarray(Image.open(path).convert("RGB"))


def png_folders(folder):
    data = pictures(320, 16, 4)
    for part in data.x:
        order = np.argsort(data.y[part], kind="stable")
        data.x[part], data.y[part] = data.x[part][order], data.y[part][order]
    saved(data, folder, lambda part, place: f"{part}/{'abcd'[data.y[part][place]]}/{place:04}.png")
    return data


def jpeg_table(folder):
    data = pictures(320, 16, 4)
    saved(data, folder, lambda part, place: f"photos/{part}{place}.jpg", quality=90)
    for part in data.x:
        pd.DataFrame(
            {"file": [f"photos/{part}{place}.jpg" for place in range(len(data.y[part]))], "kind": ["abcd"[y] for y in data.y[part]]}
        ).to_csv(folder / f"{part}.csv", index=False)
    return data


def parquet_images(folder):
    data = pictures(320, 16, 4)
    saved(data, folder, lambda part, place: f"photos/{part}{place}.png")
    for part in data.x:
        images = [{"bytes": (folder / f"photos/{part}{place}.png").read_bytes(), "path": None} for place in range(len(data.y[part]))]
        pd.DataFrame({"image": images, "label": data.y[part]}).to_parquet(folder / f"{part}.parquet", index=False)
    return data


def larger_pictures(folder):
    """Three hundred pictures of 32 × 32 for networks as they are pretrained."""
    data = pictures(300, 32, 3)
    for part in data.x:
        np.savez(folder / f"{part}.npz", images=data.x[part], labels=data.y[part])
    return data


# Texts.

TOPICS = {
    "cooking": "oven bread onion boil butter recipe knife sugar",
    "sailing": "wind sail harbour anchor wave deck rudder tide",
    "money": "bank loan interest market share price budget tax",
}
FILLER = "the a we they often never put take some more with under and about today again".split()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
LENGTH = 16


def sentences(count, seed=3):
    random = np.random.default_rng(seed)
    topics = sorted(TOPICS)
    y = random.integers(0, len(topics), count)
    texts = []
    for topic in y:
        own, other = TOPICS[topics[topic]].split(), TOPICS[topics[random.integers(3)]].split()
        words = [*random.choice(own, 2), *random.choice(other, 1), *random.choice(FILLER, random.integers(2, 14))]
        random.shuffle(words)
        texts.append(" ".join(words).capitalize() + ".")
    return np.asarray(texts, dtype=object), y, topics


def tokenizer_of(texts, kind):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]") if kind == "wordpiece" else models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = (trainers.WordPieceTrainer if kind == "wordpiece" else trainers.BpeTrainer)(vocab_size=200, special_tokens=SPECIAL)
    tokenizer.train_from_iterator(texts, trainer)
    marks = [("[CLS]", tokenizer.token_to_id("[CLS]")), ("[SEP]", tokenizer.token_to_id("[SEP]"))]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=marks
    )
    return tokenizer


def ids_of(tokenizer, texts):
    tokenizer.enable_padding(length=LENGTH, pad_token="[PAD]", pad_id=0)
    tokenizer.enable_truncation(LENGTH)
    return np.asarray([one.ids for one in tokenizer.encode_batch(list(texts))], dtype=np.int64)


def texts(folder, kind, write):
    sentence, y, topics = sentences(320)
    data = split(sentence, y)
    tokenizer = tokenizer_of(data.x["train"], kind)
    tokenizer.save(str(folder / "tokenizer.json"))
    for part in data.x:
        frame = pd.DataFrame({"text": data.x[part], "topic": [topics[k] for k in data.y[part]]})
        data.tables[part] = frame
        write(frame, part)
        data.x[part] = ids_of(tokenizer, data.x[part])
    return data


def texts_jsonl(folder):
    return texts(folder, "wordpiece", lambda frame, part: frame.to_json(folder / f"{part}.jsonl", orient="records", lines=True))


def texts_csv(folder):
    return texts(folder, "bpe", lambda frame, part: frame.to_csv(folder / f"{part}.csv", index=False))


def texts_parquet(folder):
    return texts(folder, "wordpiece", lambda frame, part: frame.to_parquet(folder / f"{part}.parquet", index=False))


def text_pairs(folder):
    """Two sentences a sample: whether they are of one topic."""
    first, a, _ = sentences(400, 3)
    second, b, _ = sentences(400, 4)
    data = split(np.stack([first, second], 1), (a == b).astype(np.int64))
    tokenizer = tokenizer_of(data.x["train"].reshape(-1), "wordpiece")
    tokenizer.save(str(folder / "tokenizer.json"))
    for part in data.x:
        pairs = data.x[part]
        pd.DataFrame({"one": pairs[:, 0], "two": pairs[:, 1], "same": data.y[part]}).to_csv(folder / f"{part}.csv", index=False)
        data.x[part] = ids_of(tokenizer, [tuple(pair) for pair in pairs])
    return data


def token_ids(folder):
    """Numbers of tokens in arrays, made elsewhere."""
    sentence, y, _ = sentences(320)
    data = split(sentence, y)
    tokenizer = tokenizer_of(data.x["train"], "wordpiece")
    for part in data.x:
        data.x[part] = ids_of(tokenizer, data.x[part])
        np.savez(folder / f"{part}.npz", ids=data.x[part].astype(np.int32), labels=data.y[part])
    return data
