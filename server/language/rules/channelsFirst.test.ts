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
  message: /\[3, 32, 32\] look like .*, \[32, 32, 3\]\. Set "layout": "channelsFirst"\.$/,
  fixes: ["Read them channels first"],
  fixed: `"labels": "y", "layout": "channelsFirst" }`,
});
// Every source of the student at once: these have to be alike.
const sources = (more: string) =>
  `{ "data": { "train": { "type": "npy", "features": ▸"x"◂, "labels": "y" }, "test": { "type": "npz", "path": "x", "features": "x", "labels": "y"${more} } } }`;
check(channelsFirst, sources(""), {
  files: of(3, 32, 32),
  fixed: `"labels": "y", "layout": "channelsFirst" }, "test": { "type": "npz", "path": "x", "features": "x", "labels": "y", "layout": "channelsFirst" } }`,
});
check(channelsFirst, sources(', "shape": [32, 32, 3]'), {
  files: of(3, 32, 32),
  fixed: `"labels": "y", "shape": [32, 32, 3] } }`,
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

// What somebody has said of the axes is meant, unless they look as if it were the other way round.
for (const layout of ["channelsFirst", "channelsLast"])
  check(channelsFirst, npy('"x"', `, "layout": "${layout}"`), { files: of(3, 32, 32) });
check(channelsFirst, npy('"x"', ', "layout": "channelsLast"'), { files: of(32, 32, 3) });
check(channelsFirst, npy('"x"', ', "layout": ▸"channelsFirst"◂'), {
  files: of(32, 32, 3),
  severity: "warning",
  message: /^The samples \[32, 32, 3\] already look like images with channels last\.$/,
  fixed: `"labels": "y" } } }`,
});
check(channelsFirst, npy('"x"', ', "layout": "channelsFirst"'), { files: of(32, 32, 5) });
