import { check, mnist } from "../../../test/support/checkRule.ts";
import { emptySplit } from "./emptySplit.ts";

const files = { x: { count: 4 } };
const split = (share: string) => `{ "data": { "train": ${mnist}, "validation": { "split": ${share} } } }`;

check(emptySplit, split("▸0.02◂"), {
  files,
  message: /0\.02 of 4 samples leaves none for validation: use a larger share/,
  severity: "error",
});
check(emptySplit, split("▸0.99◂"), { files, message: /none for training: use a smaller share/ });
check(emptySplit, split("0.25"), { files });
const both = (validation: string, test: string) =>
  `{ "data": { "train": ${mnist}, "validation": { "split": ${validation} }, "test": { "split": ${test} } } }`;
check(emptySplit, both("0.25", "▸0.02◂"), { files, message: /none for test: use a larger share/ });
check(emptySplit, both("0.5", "▸0.5◂"), {
  files,
  message: /0\.5 of 4 samples, beside the 0\.5 for validation, leaves none for training: use a smaller share/,
});
check(emptySplit, both("0.25", "0.5"), { files });
check(emptySplit, split("0.02"), { files: { x: { count: 60_000 } } });
check(emptySplit, split("0.02"));
check(emptySplit, split("2"), { files });
