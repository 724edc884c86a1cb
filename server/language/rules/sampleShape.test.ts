import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { sampleShape } from "./sampleShape.ts";

const table = (shape: string) => `{ "type": "csv", "path": "t.csv", "label": 0, "shape": ${shape} }`;

check(sampleShape, `{ "data": { "train": ${table("▸[28, 28]◂")} } }`, {
  files: { "t.csv": { shape: [783] } },
  message: /783 values, \[783\]; the shape \[28, 28\] holds 784/,
  severity: "error",
});
check(sampleShape, `{ "data": { "train": ${table("[28, 28, 1]")} } }`, {
  files: { "t.csv": { shape: [784] } },
});
check(
  sampleShape,
  `{ "data": { "train": ${mnist}, ▸"test"◂: { "type": "npy", "features": "f", "labels": "l" } } }`,
  {
    files: { ...mnistFiles, f: { shape: [32, 32, 3] } },
    message: /test samples have the shape \[32, 32, 3\], the training samples \[28, 28, 1\]/,
  },
);
check(
  sampleShape,
  `{ "data": { "train": ${mnist}, "test": { "type": "npy", "features": "f", "labels": "l" } } }`,
  {
    files: { ...mnistFiles, f: { shape: [28, 28, 1] } },
  },
);
check(sampleShape, `{ "data": { "train": ${table("[2]")} } }`);

const tables = (test: string, more = "") =>
  `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": 0 }, "test": { "type": "csv", "path": ${test}, "label": 0${more} } } }`;
const columns = (...featureNames: string[]) => ({ shape: [featureNames.length], featureNames });
const trained = { "t.csv": columns("a", "b") };
check(sampleShape, tables(`▸"u.csv"◂`), {
  files: { ...trained, "u.csv": columns("b", "c") },
  message: /test samples have no column "a"/,
});
check(sampleShape, tables(`"u.csv"`), { files: { ...trained, "u.csv": columns("id", "b", "a") } });
check(sampleShape, tables(`"u.csv"`), { files: { ...trained, "u.csv": columns("x", "y") } });
check(sampleShape, tables(`"u.csv"`, `, "features": ["b", "c"]`), {
  files: { ...trained, "u.csv": columns("b", "c") },
});

// Each source is named as the file does.
for (const name of ["unlabelled", "validation", "test"])
  check(sampleShape, `{ "data": { "train": ${mnist}, ▸"${name}"◂: { "type": "npy", "features": "f" } } }`, {
    files: { ...mnistFiles, f: { shape: [32] } },
    message: new RegExp(`^The ${name} samples have the shape \\[32\\], the training samples`),
  });
check(sampleShape, `{ "data": { "train": ${table('"all"')} } }`, { files: { "t.csv": { shape: [4] } } });
check(sampleShape, `{ "data": { "train": ${table("[4]")} } }`);
