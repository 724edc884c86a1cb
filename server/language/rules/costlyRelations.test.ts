import { check, mnistFiles as files, mnist } from "../../../test/support/checkRule.ts";
import { costlyRelations } from "./costlyRelations.ts";

const conv = (filters: number) =>
  `{ "type": "conv2d", "name": "map", "filters": ${filters}, "kernelSize": 3 }`;
const net = (filters: number, last: string) =>
  `"layers": [${conv(filters)}, { "type": "flatten" }, ${last}{ "type": "dense", "units": 10 }]`;
const flat = `{ "type": "dense", "name": "flat", "units": 64 }, `;
const experiment = (loss: string, { data = "", last = flat, rest = "" } = {}) => `{
  "data": { "train": ${mnist}${data} },
  "teacher": { "type": "layers", ${net(8, last)}, "train": { "epochs": 1 } },
  "student": { ${net(4, last)} },
  "losses": [{ ${loss} }]${rest}
}`;

// 26 · 26 · (4 + 8) numbers of each pair.
check(costlyRelations, experiment(`"type": "rkd", "student": "map", "teacher": ▸"map"◂`), {
  files,
  message: /16,384 pairs of samples by 2,704 and 5,408 numbers: about 1\.5 s .* and 4\.4 GB/,
  fixed: `"student": "flat", "teacher": "flat"`,
  severity: "warning",
});
check(
  costlyRelations,
  experiment(`"type": "rkd", "student": "map", "teacher": ▸"map"◂`, { last: "", data: `, "batchSize": 100` }),
  { files, fixed: `"batchSize": 32` },
);
check(costlyRelations, experiment(`"type": "rkd", "student": "map", "teacher": ▸"map"◂, "angle": 0`), {
  files,
});
check(costlyRelations, experiment(`"type": "rkd", "student": "flat", "teacher": "map", "angle": 0`), {
  files,
});
check(costlyRelations, experiment(`"type": "rkd", "student": "flat", "teacher": "flat"`), { files });
check(costlyRelations, experiment(`"type": "sp", "student": "map", "teacher": "map"`), { files });
check(
  costlyRelations,
  experiment(`"type": "rkd", "student": "map", "teacher": "map"`, { data: `, "batchSize": 16` }),
  {
    files,
  },
);
check(costlyRelations, experiment(`"type": "rkd", "student": "map", "teacher": "map"`));
check(
  costlyRelations,
  experiment(`"type": "rkd", "student": "map", "teacher": "map"`, { rest: `, "device": "gpu"` }),
  { files },
);
check(costlyRelations, experiment(`"type": "rkd", "student": "map", "teacher": ▸"map"◂, "angle": 0`), {
  files,
  message: /about 0\.43 s of a processor core and 2\.0 GB/,
  fixes: ['Compare "flat" and "flat"', "Use batches of 64 samples"],
});
check(
  costlyRelations,
  experiment(`"type": "rkd", "student": "map", "teacher": ▸"map"◂`, { rest: `, "device": "cpu"` }),
  { files },
);
check(
  costlyRelations,
  experiment(`"type": "rkd", "student": "map", "teacher": "map"`, { rest: `, "device": "webgpu"` }),
  { files },
);
// Fewer samples than a batch could have.
check(costlyRelations, experiment(`"type": "rkd", "student": "map", "teacher": ▸"map"◂`), {
  files: { ...files, x: { ...files.x, count: 64 } },
  message: /4,096 pairs/,
});

// Of files that tell the shapes of their layers.
const ofFiles = (own: string, seen: string, data = `"data": { "train": ${mnist} }, `) =>
  `{ ${data}"student": { "model": "s" }, "teacher": { "type": "onnx", "path": "t" }, "losses": [{ "type": "rkd", "student": ${own}, "teacher": ${seen} }] }`;
const logits = { name: "logits", shape: [10] };
const shapes = (
  own: readonly number[],
  seen: readonly number[],
  ...more: { name: string; shape: number[] }[]
) => ({
  ...files,
  s: { layers: [...more, { name: "a", shape: own }, logits] },
  t: { layers: [...more, { name: "b", shape: seen }, logits] },
});
check(costlyRelations, ofFiles(`▸"a"◂`, `"b"`), { files: shapes([20, 20, 10], [20, 20, 5]) });
check(costlyRelations, ofFiles(`▸"a"◂`, `"b"`), { files: shapes([20, 20, 10], [20, 20, 10]) });
// An extent that is open says nothing of the size.
for (const open of [
  [-1, 10],
  [0, 10],
])
  check(costlyRelations, ofFiles(`"a"`, `"b"`), { files: shapes(open, [90_000]) });
// The last flat layer before the logits, if it is narrow enough and there is one.
check(costlyRelations, ofFiles(`"a"`, `▸"b"◂`), {
  files: shapes([10, 10, 20], [10, 10, 40], { name: "flat", shape: [64] }),
  fixes: ['Compare "flat" and "flat"', "Use batches of 64 samples"],
});
check(costlyRelations, ofFiles(`"a"`, `▸"b"◂`), {
  files: shapes([100, 100, 1], [100, 100, 2]),
  fixed: `"batchSize": 32`,
  fixes: ["Use batches of 32 samples"],
});
check(costlyRelations, ofFiles(`"a"`, `▸"b"◂`), {
  files: shapes([100, 100, 3], [100, 100, 4]),
  fixes: ["Use batches of 16 samples"],
});
check(costlyRelations, ofFiles(`"a"`, `▸"b"◂`), { files: shapes([100, 100, 7], [100, 100, 8]), fixes: [] });
check(costlyRelations, ofFiles(`"a"`, `▸"b"◂`, ""), {
  files: shapes([100, 100, 1], [100, 100, 2]),
  fixes: [],
});
