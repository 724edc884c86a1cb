import { check } from "../../../test/support/checkRule.ts";
import { earlyStoppingBlind } from "./earlyStoppingBlind.ts";

check(
  earlyStoppingBlind,
  `{ "data": { "train": {} }, "training": { ▸"earlyStopping"◂: { "patience": 3 } } }`,
  {
    fixed: `"validation": { "split": 0.1 }`,
    severity: "error",
  },
);
check(
  earlyStoppingBlind,
  `{ "data": { "validation": { "split": 0.1 } }, "training": { "earlyStopping": { "patience": 3 } } }`,
);
check(earlyStoppingBlind, `{ "training": { "epochs": 3 } }`);
check(earlyStoppingBlind, `{ "data": [], "training": { ▸"earlyStopping"◂: { "patience": 3 } } }`, {
  fixes: [],
});
