import { check } from "../../../test/support/checkRule.ts";
import { sameModel } from "./sameModel.ts";

check(
  sameModel,
  `{ "teacher": { "type": "tfjs", "path": "./m/model.json" }, "student": { "model": ▸"m/model.json"◂ } }`,
  {
    severity: "warning",
  },
);
check(
  sameModel,
  `{ "teacher": { "type": "tfjs", "path": "a/model.json" }, "student": { "model": "b/model.json" } }`,
);
