import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/dataFiles.ts";
import { blockOrder, blockRowsOf, windowRowsOf } from "./blockOrder.ts";
import { openFileValues } from "./fileValues.ts";
import { readAhead } from "./readAhead.ts";
import { selectedValues } from "./spreadValues.ts";

test("samples that are shuffled in blocks are those of the file, read before they are asked for or not", async (t) => {
  const path = join(await temporaryDirectory(t), "x");
  // Enough for blocks; a hole but for the number of every eighth sample.
  const [size, count] = [4096, 68_000];
  const file = await open(path, "w");
  await file.truncate(count * size * 4);
  for (let row = 0; row < count; row += 8) await file.write(Float32Array.of(row), 0, 4, row * size * 4);
  await file.close();
  const rows = {
    offset: 0,
    stride: size * 4,
    count,
    size,
    type: { kind: "float32", littleEndian: true },
  } as const;
  const whole = await openFileValues(path, rows, { dtype: "float32" });
  assert.ok("read" in whole);
  // As a validation split leaves some out.
  const own = Int32Array.from({ length: count }, (_, row) => row).filter((row) => row % 50 !== 3);
  const values = selectedValues(whole, own);
  const [blockRows = 0, windowRows = 0] = [blockRowsOf(values), windowRowsOf(values)];
  assert.ok(blockRows > 8 && windowRows < values.count / 4);
  const order = blockOrder(values.count, blockRows, { seed: 1, step: 0, use: "test" });
  const batch = 64;
  const stepRows = (step: number) => order.subarray(step * batch, (step + 1) * batch);
  for (const looksFurther of [true, false]) {
    const ahead = readAhead(values, {
      batch,
      rowsOf: stepRows,
      ...(looksFurther && { laterRowsOf: (step) => stepRows(step + Math.ceil(windowRows / batch)) }),
    });
    for (let step = 0; step < (2.2 * windowRows) / batch; step++) {
      const read = await ahead.of(step);
      const expected = Array.from(stepRows(step), (row) => own[row] as number);
      assert.deepEqual(
        expected.map((_, i) => read[i * size]),
        expected.map((row) => (row % 8 === 0 ? row : 0)),
      );
    }
    await ahead.close();
  }
});
