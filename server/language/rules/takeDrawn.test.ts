import { check } from "../../../test/support/checkRule.ts";
import { takeDrawn } from "./takeDrawn.ts";

check(takeDrawn, `{ "data": { "train": { "takeSeed": 1, "take": 9 }, "test": { "balanced": ▸true◂ } } }`, {
  severity: "warning",
  fixed: `"test": { }`,
});
