import { check } from "../../../test/support/checkRule.ts";
import { views } from "./views.ts";

check(views, `{ "data": { "augment": [], "views": ▸4◂ } }`, {
  severity: "warning",
  fixed: `{ "data": { "augment": [] } }`,
});
check(views, `{ "data": { "augment": [{ "type": "flip" }, { "type": "cutMix" }], "views": ▸4◂ } }`, {
  severity: "error",
  message: /`cutMix` mixes each sample/,
});
check(views, `{ "data": { "augment": [{ "type": "flip" }], "views": 4 } }`);
