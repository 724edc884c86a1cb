import assert from "node:assert/strict";
import type { DataProblem } from "../../server/data/problem.ts";
import type { Samples } from "../../server/data/samples.ts";
import { type Numbers, spaceFor } from "../../server/data/sampleValues.ts";

/** The values of samples in one array, wherever they lie. */
export function storageOf(samples: Samples | DataProblem): Numbers {
  if ("code" in samples) assert.fail(JSON.stringify(samples));
  const { values } = samples;
  if (values.inMemory) return values.inMemory;
  const all = spaceFor(values, values.count);
  values.read(
    Int32Array.from({ length: values.count }, (_, row) => row),
    all,
  );
  return all;
}
