import { check } from "../../../test/support/checkRule.ts";
import { channelsFirst } from "./channelsFirst.ts";

const npy = (features: string, more = "") =>
  `{ "data": { "train": { "type": "npy", "features": ${features}, "labels": "y"${more} } } }`;
const of = (...shape: number[]) => ({
  x: { count: 100, shape, dtype: "float32" },
  y: { count: 100, classes: 10 },
});

check(channelsFirst, npy('▸"x"◂'), {
  files: of(3, 32, 32),
  severity: "warning",
  message: /\[3, 32, 32\] look like .*, \[32, 32, 3\]\. .*x\.transpose\(0, 2, 3, 1\)/,
});
check(channelsFirst, npy('▸"x"◂'), { files: of(1, 28, 28) });
check(channelsFirst, npy('"x"'), { files: of(32, 32, 3) });
check(channelsFirst, npy('"x"'), { files: of(28, 28) });
// A short sequence of few values, and a film.
check(channelsFirst, npy('"x"'), { files: of(3, 4, 2) });
check(channelsFirst, npy('"x"'), { files: of(3, 32, 32, 3) });
// What somebody has said to be a shape is meant.
check(channelsFirst, npy('"x"', ', "shape": [3, 32, 32]'), { files: of(3, 32, 32) });
check(
  channelsFirst,
  `{ "data": { "train": { "type": "npz", "path": ▸"x"◂, "features": "x", "labels": "y" } } }`,
  { files: { x: { count: 100, shape: [3, 32, 32], classes: 10 } } },
);
check(channelsFirst, npy('▸"x"◂'), { files: of(3, 8, 8) });
check(channelsFirst, npy('"x"'), { files: of(3, 7, 8) });
check(channelsFirst, npy('"x"'), { files: of(3, 8, 7) });
// Other formats say which axis is which.
check(channelsFirst, `{ "data": { "train": { "type": "idx", "images": "x", "labels": "y" } } }`, {
  files: of(3, 32, 32),
});
