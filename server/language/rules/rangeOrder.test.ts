import { check } from "../../../test/support/checkRule.ts";
import { rangeOrder } from "./rangeOrder.ts";

const cropped = (range: string) => `{ "data": { "augment": [{ "type": "randomResizedCrop", ${range} }] } }`;

check(rangeOrder, cropped(`"scale": ▸[1, 0.5]◂`), {
  severity: "error",
  message: /The least scale comes first; found 1 before 0\.5/,
  fixed: `"scale": [0.5, 1]`,
});
check(rangeOrder, cropped(`"ratio": ▸[2, 0.5]◂`));
check(rangeOrder, cropped(`"scale": [0.5, 0.5], "ratio": [0.75, 1.25]`));
