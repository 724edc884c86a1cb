import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { sampleShape } from "./sampleShape.ts";

const table = (shape: string) => `{ "type": "csv", "path": "t.csv", "label": 0, "shape": ${shape} }`;

check(sampleShape, `{ "data": { "train": ${table("▸[28, 28]◂")} } }`, {
  files: { "t.csv": { shape: [783] } },
  message: /783 values, \[783\]; the shape \[28, 28\] has 784/,
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

// Channels that stand first in a file are put last; `shape` has them last in either case.
const layout = `"layout": "channelsFirst"`;
const array = (more: string) =>
  `{ "data": { "train": { "type": "npy", "features": "f", "labels": "l", ${more} } } }`;
const first = { f: { shape: [3, 8, 9] } };
check(sampleShape, array(layout), { files: first });
check(sampleShape, array(`"shape": [8, 9, 3], ${layout}`), { files: first });
check(sampleShape, array(`"shape": [72, 3], ${layout}`), { files: first });
check(sampleShape, array(`"shape": ▸[3, 8, 9]◂, ${layout}`), {
  files: first,
  severity: "error",
  message: /^A sample with its channels first, \[3, 8, 9\], has 3 channels; the shape \[3, 8, 9\] has 9\.$/,
  fixed: `"shape": [8, 9, 3]`,
});
check(sampleShape, array(`"shape": [3, 8, 9]`), { files: first });
check(sampleShape, array(`"layout": ▸"channelsFirst"◂`), {
  files: { f: { shape: [216] } },
  message: /^A sample \[216\] has no channels; give its `shape`, channels last\.$/,
});
check(sampleShape, array(`"shape": [8, 9, 3], ${layout}`), { files: { f: { shape: [216] } } });

// A split that looks like the others once it is read so.
const test = (more: string, name: string) =>
  `{ "data": { "train": { "type": "npy", "features": "f", "labels": "l", ${layout} }, ${name}: { "type": "npy", "features": "f", "labels": "l"${more} } } }`;
check(sampleShape, test("", `▸"test"◂`), { files: first, fixed: `"labels": "l", ${layout} } } }` });
check(sampleShape, test(`, "layout": "channelsLast"`, `▸"test"◂`), { files: first, fixes: [] });
check(sampleShape, test(`, ${layout}`, `"test"`), { files: first });

// Images of files are brought to the training samples' size where the file says so.
const photos = (test: string) =>
  `{ "data": { "train": { "type": "images", "folder": "a", "size": [16, 16] }, ${test} } }`;
for (const [given, fixed] of [
  ["", `"folder": "b", "size": [16, 16] }`],
  [`, "size": [16, 20]`, `"folder": "b", "size": [16, 16] }`],
])
  check(sampleShape, photos(`▸"test"◂: { "type": "images", "folder": "b"${given} }`), {
    files: { a: { shape: [20, 24, 3], classes: 2 }, b: { shape: [20, 24, 3], classes: 2 } },
    message: /\[16, 16, 3\]\. Images of files are brought to a `size`\.$/,
    ...(fixed ? { fixed } : {}),
  });
check(sampleShape, photos(`▸"test"◂: { "type": "images", "folder": "b", "size": [16, 16] }`), {
  files: { a: { shape: [20, 24, 3], classes: 2 }, b: { shape: [20, 24, 1], classes: 2 } },
  message: /\[16, 16, 3\]\.$/,
  fixes: [],
});
