"""Images in arrays, in archives and in files of their own."""

import gzip
import struct

import numpy as np
import pandas as pd
from PIL import Image

from data.numbers import digits
from data.samples import split


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
