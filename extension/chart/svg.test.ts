import assert from "node:assert/strict";
import { test } from "node:test";
import { drawSvg, inks, type Line } from "./svg.ts";

const line = (y: (number | null)[], more: Partial<Line> = {}): Line => ({
  label: "kd",
  colour: "#123456",
  x: y.map((_, i) => i),
  y,
  ...more,
});
const draw = (lines: Line[], log = false) =>
  drawSvg({
    width: 200,
    height: 100,
    xLabel: "step",
    x: { min: 0, max: 4, log: false },
    y: { min: log ? 0.1 : 0, max: 10, log },
    lines,
    ink: inks.dark,
  });
const paths = (svg: string) =>
  [...svg.matchAll(/<path d="([^"]*)" stroke="#123456"/g)].map(([, d]) => d ?? "");

test("a gap in the values is a gap in the line", () => {
  const [path] = paths(draw([line([1, 2, null, 4, 5])]));
  assert.equal(path?.match(/M/g)?.length, 2);
  assert.equal(path?.match(/L/g)?.length, 2);
});

test("values ≤ 0 on a log scale are marked on the lower edge", () => {
  assert.match(draw([line([1, 0, 5])], true), /h6l-3 5z/);
  assert.doesNotMatch(draw([line([1, 2, 5])], true), /h6l-3 5z/);
});

test("a single point is a dot", () => {
  assert.match(draw([line([3])]), /h\.01" stroke="#123456"[^>]*stroke-width="4"/);
});

test("least and greatest values are a band behind the line", () => {
  assert.match(draw([line([2, 3], { low: [1, 2], high: [4, 5] })]), /fill="#123456" fill-opacity/);
});

test("what a person named a run stays text", () => {
  const svg = drawSvg({
    width: 200,
    height: 100,
    title: "<script>&",
    xLabel: "step",
    x: { min: 0, max: 1, log: false },
    y: { min: 0, max: 1, log: false },
    lines: [],
    ink: inks.light,
  });
  assert.match(svg, /&lt;script&gt;&amp;/);
});
