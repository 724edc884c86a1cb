import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { noLabel } from "./noLabel.ts";

const files = { ...mnistFiles, y: { ...mnistFiles.y, unlabelled: 3, firstUnlabelled: 12 } };
const marked = mnist.replace('"y"', '▸"y"◂');

check(noLabel, `{ "data": { "train": ${mnist}, "test": ${marked} } }`, {
  files,
  message: /^3 samples of the test ones have no label, sample 12 first/,
  severity: "error",
});
check(noLabel, `{ "data": { "train": ${mnist}, "validation": ${marked} } }`, { files });
check(
  noLabel,
  `{ "teacher": { "type": "layers", "preset": "mlp", "hidden": [4], "train": { "data": ${marked} } } }`,
  { files },
);
check(noLabel, `{ "data": { "train": ${mnist} } }`, { files });
