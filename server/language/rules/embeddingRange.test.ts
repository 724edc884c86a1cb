import { check } from "../../../test/support/checkRule.ts";
import { embeddingRange } from "./embeddingRange.ts";

const files = { "t.csv": { count: 10, shape: [2], classes: 2 } };
const experiment = (rows: string) =>
  `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": 0 } }, "student": { "layers": [{ "type": "embedding", "inputDim": ${rows}, "outputDim": 2 }, { "type": "dense", "units": 2 }] } }`;
const range = (least: number, most: number) => ({ facts: { range: [least, most] as const } });

// The engine cuts fractions off, so −0.5 is row 0.
check(embeddingRange, experiment("9"), { files, samples: range(-0.5, 8.5) });
check(embeddingRange, experiment("▸9◂"), { files, samples: range(-1, 8), message: /from 0 to 8.* has -1\./ });
check(embeddingRange, experiment("▸9◂"), { files, samples: range(0, 9), message: /has 9\./ });
check(embeddingRange, experiment("9"), { files });
check(embeddingRange, experiment("9"), { files, samples: { problem: { code: "a", message: "No." } } });
// Each embedding at the beginning, and layers that do not fit stand before it.
const before = (layers: string) =>
  experiment("▸9◂").replace('{ "type": "embedding"', `${layers}, { "inputs": "input", "type": "embedding"`);
check(embeddingRange, before('{ "type": "embedding", "inputDim": 100, "outputDim": 2 }'), {
  files,
  samples: range(0, 9),
});
check(embeddingRange, before('{ "type": "conv2d", "filters": 2, "kernelSize": 3 }'), {
  files,
  samples: range(0, 9),
});
