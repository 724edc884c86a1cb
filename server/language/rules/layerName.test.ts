import { check } from "../../../test/support/checkRule.ts";
import { layerName } from "./layerName.ts";

check(
  layerName,
  `{ "student": { "layers": [{ "type": "dense", "name": "a" }, { "type": "dense", "name": ▸"a"◂ }, { "type": "dense", "name": "a2" }] } }`,
  { fixed: `"name": "a3"`, severity: "error" },
);
check(layerName, `{ "student": { "layers": [{ "type": "dense", "name": ▸"input"◂ }] } }`, {
  message: /what enters the net/,
});
// Teacher and student are two nets.
check(
  layerName,
  `{ "teacher": { "layers": [{ "name": "a" }] }, "student": { "layers": [{ "name": "a" }, { "name": "b" }] } }`,
);
check(
  layerName,
  `{ "teacher": { "layers": [{ "type": "dense", "name": "a" }, { "type": "dense", "name": ▸"a"◂ }] } }`,
  { message: /^Another layer already has the name "a"\.$/, fixes: ['Rename to "a2"'] },
);
check(layerName, `{ "student": { "layers": [{}, {}, { "name": 3 }, { "name": 3 }] } }`);
