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
const draw = (lines: Line[], { log = false, height = 100 } = {}) =>
  drawSvg({
    width: 200,
    height,
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
  assert.match(draw([line([1, 0, 5])], { log: true }), /h6l-3 5z/);
  assert.doesNotMatch(draw([line([1, 2, 5])], { log: true }), /h6l-3 5z/);
});

test("a single point is a dot", () => {
  assert.match(draw([line([3])]), /h\.01" stroke="#123456"[^>]*stroke-width="4"/);
});

test("a single point on an edge is a whole dot, and none beyond it", () => {
  const at = (x: number) => draw([line([3], { x: [x] })]).replace(/<g clip-path[\s\S]*<\/g>/, "");
  assert.match(at(4), /h\.01" stroke="#123456"/);
  assert.match(at(0), /h\.01" stroke="#123456"/);
  assert.doesNotMatch(at(4.1), /h\.01/);
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

test("a value between two that are not finite is a dot", () => {
  const svg = draw([line([1, 2, null, 3, null])]);
  assert.match(svg, /<path d="M[\d. ]+h\.01" stroke="#123456"[^>]*stroke-width="4"/);
  assert.equal(paths(svg)[0]?.match(/L/g)?.length, 1);
});

/** Where each text of the legend begins and ends, for the widest letters of these fonts. */
const labelsOf = (svg: string, labels: readonly string[]) =>
  [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)]
    .filter(([, , , label = ""]) => labels.some((own) => own.startsWith(label.split("…")[0] ?? "")))
    .map(([, x, y, label = ""]) => ({ x: Number(x), y: Number(y), end: Number(x) + label.length * 6.6 }));

test("a legend that is wider than the picture goes on below, above the plot; a name longer than a row loses its middle", () => {
  const labels = [...Array.from({ length: 6 }, (_, index) => `run ${index}`), "a long name ".repeat(9)];
  const svg = draw(
    labels.map((label) => line([1, 2], { label })),
    { height: 300 },
  );
  const placed = labelsOf(svg, labels);
  assert.equal(placed.length, 7);
  assert.ok(placed.every(({ end }) => end <= 200));
  const rows = [...new Set(placed.map(({ y }) => y))];
  assert.ok(rows.length >= 3, `${rows.length} rows`);
  const [, plotTop = 0] = /<rect x="[\d.]+" y="([\d.]+)"/.exec(svg) ?? [];
  assert.ok(Math.max(...rows) < Number(plotTop) + 2);
  assert.match(svg, />a long[^<]*…[^<]*name ?</);
});

test("a level is named in the legend, not over the curve", () => {
  const svg = drawSvg({
    width: 200,
    height: 100,
    xLabel: "step",
    x: { min: 0, max: 1, log: false },
    y: { min: 0, max: 10, log: false },
    lines: [line([5, 5])],
    references: [{ label: "teacher 5", value: 5 }],
    ink: inks.dark,
  });
  const [teacher, ...others] = labelsOf(svg, ["teacher 5"]);
  const [, plotTop = 0] = /<rect x="[\d.]+" y="([\d.]+)"/.exec(svg) ?? [];
  assert.ok(teacher && teacher.y < Number(plotTop));
  assert.deepEqual(others, []);
});

test("a legend leaves the plot its place: what has none in it is counted", () => {
  const svg = draw(Array.from({ length: 60 }, (_, index) => line([1, 2], { label: `run ${index}` })));
  const [, top = 0] = /<rect x="[\d.]+" y="([\d.]+)"/.exec(svg) ?? [];
  assert.ok(Number(top) < 50, `the plot begins at ${top} of 100`);
  const shown = [...svg.matchAll(/>run \d+</g)].length;
  assert.match(svg, new RegExp(`>\\+ ${60 - shown} more<`));
});

test("an axis of shares is in per cent", () => {
  const picture = { width: 200, height: 100, xLabel: "step", lines: [line([0.5, 1])], ink: inks.dark };
  const x = { min: 0, max: 1, log: false };
  assert.match(drawSvg({ ...picture, x, y: x, percent: true }), />100%</);
});

test("the label of a tick keeps its distance from what the axis counts", () => {
  for (const max of [4200, 4300, 4400, 4520, 4600, 4800]) {
    const svg = drawSvg({
      width: 380,
      height: 150,
      xLabel: "step",
      x: { min: 0, max, log: false },
      y: { min: 0, max: 1, log: false },
      lines: [line([1, 2])],
      ink: inks.dark,
    });
    const labels = [...svg.matchAll(/<text x="([\d.]+)"[^>]*text-anchor="middle">([^<]*)</g)];
    const [, step = 0] = /<text x="([\d.]+)"[^>]*>step</.exec(svg) ?? [];
    for (const [, x, label = ""] of labels)
      assert.ok(Number(x) + label.length * 3.3 < Number(step) - 4 * 6.6, `${label} of ${max}`);
  }
});
