import { check } from "../../../test/support/checkRule.ts";
import { remarks } from "./remarks.ts";

const message = "They look like values that are missing.";
const samples = {
  facts: { remarks: [{ code: "class-missing", of: "train", message, classes: ["NA", "-"] }] },
} as const;
const train = '▸"train"◂: { "type": "csv", "path": "t.csv", "label": "y" }';

const text = (rest: string) => `{ "data": { ${train}${rest} } }`;
for (const [before, after] of [
  ["", ', "exclude": ["NA", "-"]'],
  [', "exclude": [2]', ', "exclude": [2, "NA", "-"]'],
] as const)
  check(remarks, text(before), {
    samples,
    severity: "warning",
    fixes: [`Leave out "NA", "-"`],
    fixed: text(after).replace(/[▸◂]/g, ""),
  });
