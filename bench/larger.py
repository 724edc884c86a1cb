"""Files that are larger than memory, block by block: `larger.py npz ROWS x.npy y.npy OUT`, `larger.py parquet ROWS OUT`."""

import sys
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def npz(rows: int, features: str, labels: str, out: str) -> None:
    x, y = np.load(features, mmap_mode="r"), np.load(labels)[:rows]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as member:
            header = {"descr": "|u1", "fortran_order": False, "shape": (rows, *x.shape[1:])}
            np.lib.format.write_array_header_1_0(member, header)
            for start in range(0, rows, 1000):
                member.write(x[start : min(start + 1000, rows)].tobytes())
        with archive.open("y.npy", "w") as member:
            np.lib.format.write_array(member, y)


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
{"npz": npz, "parquet": parquet}[kind](int(rows), *paths)
