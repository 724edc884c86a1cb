import { check } from "../../../test/support/checkRule.ts";
import { vitHeads } from "./vitHeads.ts";

check(vitHeads, `{ "student": { "preset": "vit", "width": ▸50◂, "heads": 4 } }`, {
  fixed: `"width": 52`,
  severity: "error",
});
check(vitHeads, `{ "student": { "preset": "vit", "width": ▸2◂ } }`, { fixed: `"width": 4` });
check(vitHeads, `{ "teacher": { "type": "layers", "preset": "vit", "heads": ▸5◂ } }`, { severity: "error" });
check(vitHeads, `{ "student": { "preset": "vit", "width": 48, "heads": 3 } }`);
check(vitHeads, `{ "student": { "preset": "vit" } }`);
check(vitHeads, `{ "student": { "preset": "vit", "width": 0, "heads": 4 } }`);
check(vitHeads, `{ "student": { "preset": "mlp", "width": 50, "heads": 4 } }`);
