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
  message: /16\u202f384 pairs of samples by 2\u202f704 and 5\u202f408 numbers: about 1\.5 s .* and 4\.4 GB/,
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
