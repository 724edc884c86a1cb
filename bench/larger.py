"""
Files that are larger than memory, block by block: `larger.py npz ROWS x.npy y.npy OUT`, `larger.py fortran ROWS x.npy y.npy LABELS OUT`,
`larger.py tokens ROWS OUT`, `larger.py outputs ROWS SAMPLES OUT`, `larger.py parquet ROWS OUT`.
"""

import sys
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def packed(out: str, **arrays) -> None:
    """Each array as its type, its shape and its blocks."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, (dtype, shape, blocks) in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                header = {"descr": dtype, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(member, header)
                for block in blocks:
                    member.write(block.astype(dtype).tobytes())


def ranges(rows: int, most: int):
    return ((start, min(start + most, rows)) for start in range(0, rows, most))


def npz(rows: int, features: str, labels: str, out: str) -> None:
    x, y = np.load(features, mmap_mode="r"), np.load(labels)[:rows]
    blocks = (x[start:end] for start, end in ranges(rows, 1000))
    packed(out, x=("|u1", (rows, *x.shape[1:]), blocks), y=("<i8", (rows,), [y]))


def fortran(rows: int, features: str, labels: str, to: str, out: str) -> None:
    x = np.load(features, mmap_mode="r")
    np.save(to, np.load(labels)[:rows])
    y = np.lib.format.open_memmap(out, "w+", x.dtype, (rows, *x.shape[1:]), fortran_order=True)
    for start, end in ranges(rows, 8192):
        y[start:end] = x[start:end]
    y.flush()


def tokens(rows: int, out: str) -> None:
    """128 numbers below 30,000 a text, of which the first tells the class, and as many of them as the mask says."""
    random = np.random.default_rng(1)
    label = np.arange(rows) % 10

    def lengths(start: int, end: int):
        return 8 + (np.arange(start, end) * 7919) % 121

    def masks(start: int, end: int):
        return np.arange(128) < lengths(start, end)[:, None]

    def ids(start: int, end: int):
        found = random.integers(10, 30_000, (end - start, 128))
        found[:, 0] = label[start:end]
        return np.where(masks(start, end), found, 30_000)

    blocks = list(ranges(rows, 1 << 16))
    packed(
        out,
        ids=("<u2", (rows, 128), (ids(*block) for block in blocks)),
        mask=("|u1", (rows, 128), (masks(*block) for block in blocks)),
        y=("<i8", (rows,), [label]),
    )


def outputs(rows: int, samples: str, out: str) -> None:
    """Samples of 8 numbers, and logits of 200 classes, with few digits so that they are packed soon."""
    random = np.random.default_rng(1)
    label = np.arange(rows) % 200
    centres = random.standard_normal((200, 8))
    np.savez(samples, x=(centres[label] + random.standard_normal((rows, 8))).astype("<f4"), y=label)

    def logits(start: int, end: int):
        found = np.round(4 * random.standard_normal((end - start, 200), np.float32)) / 4
        found[np.arange(end - start), label[start:end]] += 6
        return found

    packed(out, logits=("<f4", (rows, 200), (logits(*block) for block in ranges(rows, 1 << 14))))


def parquet(rows: int, out: str) -> None:
    """100 columns of float32 and a label, in row groups as pandas makes them."""
    random = np.random.default_rng(1)
    group = 1 << 20
    writer = None
    for start in range(0, rows, group):
        count = min(group, rows - start)
        label = np.arange(start, start + count) % 10
        columns = {"label": label}
        for k in range(100):
            columns[f"c{k}"] = random.standard_normal(count, np.float32) + (label == k % 10)
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(out, table.schema)
        writer.write_table(table, row_group_size=group)
    writer.close()


kind, rows, *paths = sys.argv[1:]
{"npz": npz, "fortran": fortran, "tokens": tokens, "outputs": outputs, "parquet": parquet}[kind](int(rows), *paths)
