import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { normalizeChannels } from "./normalizeChannels.ts";

check(
  normalizeChannels,
  `{ "data": { "train": ${mnist}, "normalize": { "mean": ▸[0.4, 0.5, 0.6]◂, "std": 0.2 } } }`,
  {
    files: mnistFiles,
    message: /1 channel, but `mean` has 3 values/,
    severity: "error",
  },
);
check(normalizeChannels, `{ "data": { "train": ${mnist}, "normalize": { "mean": [0.4] } } }`, {
  files: mnistFiles,
});
check(normalizeChannels, `{ "data": { "train": ${mnist}, "normalize": "fit" } }`, { files: mnistFiles });
check(normalizeChannels, `{ "data": { "train": ${mnist}, "normalize": { "mean": [1, 2] } } }`);

// Three channels, of the teacher's samples as of the student's.
const colour = `"data": { "train": { "type": "npy", "features": "f", "labels": "l" } }`;
const files = { f: { shape: [32, 32, 3] } };
const ofTeacher = (std: string) => `{ ${colour}, "teacher": { "normalize": { "mean": 0, "std": ${std} } } }`;
check(normalizeChannels, ofTeacher("▸[1, 2]◂"), {
  files,
  message: /^The samples have 3 channels, but `std` has 2/,
});
for (const fitting of ["[1, 2, 3]", "[1]", "[]", "5", '"abc"'])
  check(normalizeChannels, ofTeacher(fitting), { files });
