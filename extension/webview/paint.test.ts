import assert from "node:assert/strict";
import { test } from "node:test";
import { strokeWide } from "./paint.ts";

/** Widths and places of what is stroked. */
function strokes(width: number): { width: number; x: number; y: number }[] {
  const found: { width: number; x: number; y: number }[] = [];
  let [x, y] = [0, 0];
  const ctx = {
    lineWidth: 0,
    translate(byX: number, byY: number) {
      x += byX;
      y += byY;
    },
    stroke() {
      found.push({ width: ctx.lineWidth, x, y });
    },
  };
  strokeWide(ctx as unknown as CanvasRenderingContext2D, {} as Path2D, width);
  assert.deepEqual([Math.round(x * 1e9), Math.round(y * 1e9)], [0, 0], "what follows is drawn in its place");
  return found;
}

test("a line of less than two pixels is drawn by lines of one, around its place and as wide along both axes", () => {
  const found = strokes(1.75);
  assert.deepEqual(
    found.map((stroke) => stroke.width),
    [1, 1, 1, 1],
  );
  for (const axis of ["x", "y"] as const) {
    const places = found.map((stroke) => stroke[axis]);
    assert.ok(Math.abs(places.reduce((sum, at) => sum + at, 0)) < 1e-9);
    assert.ok(Math.abs(Math.max(...places) - Math.min(...places) - 0.75) < 1e-9);
  }
});

test("other lines are drawn at once", () => {
  for (const width of [1, 2, 3.5]) assert.deepEqual(strokes(width), [{ width, x: 0, y: 0 }]);
});
