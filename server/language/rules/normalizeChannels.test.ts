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
