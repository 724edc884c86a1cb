import { check } from "../../../test/support/checkRule.ts";
import { studentNormalize } from "./studentNormalize.ts";

const normalize = { scale: 1, mean: [5, 3], std: [0.5] };
const files = {
  "data.csv": { count: 100, shape: [2] },
  "m.json": { card: { normalize } },
  "one.json": { card: { normalize: { scale: 1, mean: [5], std: [0.5] } } },
  "bare.json": { card: {} },
  "other.json": { card: { normalize: { scale: 1, mean: [5, 3, 1], std: [1] } } },
};
const experiment = (data: string, path = `▸"m.json"◂`) =>
  `{ "data": { "train": { "type": "csv", "path": "data.csv", "label": "y" }${data} }, "student": { "model": ${path} } }`;
const known = `"normalize": { "scale": 1, "mean": [5, 3], "std": 0.5 }`;

check(studentNormalize, experiment(`, "normalize": { "scale": 0.1 }`), {
  files,
  severity: "warning",
  message:
    /^The student's model was trained on samples normalised otherwise: "normalize": { "scale": 1, "mean": \[5, 3\], "std": 0\.5 } in `data` is what it knows\.$/,
  fixes: ["Normalise as in the model"],
  fixed: known,
});
// Raw samples, as without a word.
check(studentNormalize, experiment(""), { files, fixed: `"label": "y" }, ${known} }` });
// A fitted one is known once the samples have been read, and a mean of other samples is a little another one.
check(studentNormalize, experiment(`, "normalize": "fit"`), {
  files,
  samples: { facts: { normalize: { scale: 1, mean: [5, 3.1], std: [0.5, 0.5] } } },
});
check(studentNormalize, experiment(`, "normalize": "fit"`, `"m.json"`), { files });
check(studentNormalize, experiment(`, "normalize": "fit"`, `"m.json"`), {
  files,
  samples: { facts: { normalize: { scale: 1, mean: [5, 3.02], std: [0.5, 0.51] } } },
});
check(studentNormalize, experiment(`, ${known}`, `"m.json"`), { files });
check(studentNormalize, experiment(`, "normalize": { "mean": [5, 3], "std": [0.5, 0.5] }`, `"m.json"`), {
  files,
});
// Of another number of channels other rules speak, and a model without a card knows nothing.
check(studentNormalize, experiment(`, "normalize": { "mean": [1, 2, 3] }`, `"m.json"`), { files });
check(studentNormalize, experiment("", `"other.json"`), { files });
check(studentNormalize, experiment("", `"bare.json"`), { files });
// Of samples that cannot be read, neither their channels nor what is fitted to them.
check(studentNormalize, experiment("", `"one.json"`), { files: { ...files, "data.csv": {} } });
check(studentNormalize, experiment(`, "normalize": "fit"`, `"m.json"`), {
  files,
  samples: { problem: { code: "missing", message: "No such file." } },
});
check(studentNormalize, `{ "data": {}, "student": { "model": "m.json" } }`, { files });
