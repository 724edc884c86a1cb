import assert from "node:assert/strict";
import { test } from "node:test";
import { channelsFirst, matchInputs } from "./onnxInput.ts";

test("the layout of a model's input is found out by its shape", () => {
  const cases: [wanted: (number | string)[], sample: number[], ...found: ReturnType<typeof matchInputs>][] = [
    [[1, 28, 28], [28, 28, 1], { layout: "nchw", shape: [1, 28, 28] }],
    [[28, 28, 1], [28, 28, 1], { layout: "nhwc", shape: [28, 28, 1] }],
    [[3, "height", "width"], [32, 32, 3], { layout: "nchw", shape: [3, 32, 32] }],
    [[-1, -1, 3], [32, 32, 3], { layout: "nhwc", shape: [32, 32, 3] }],
    [[784], [28, 28, 1], { layout: "nhwc", shape: [784] }],
    [[28, 28], [28, 28, 1], { layout: "nhwc", shape: [28, 28] }],
    [[1, 28, 28], [28, 28], { layout: "nchw", shape: [1, 28, 28] }],
    [[13], [13], { layout: "nhwc", shape: [13] }],
    [
      [3, 32, 32],
      [28, 28, 1],
    ],
    [[12], [13]],
  ];
  for (const [wanted, sample, ...found] of cases)
    assert.deepEqual(matchInputs(wanted, sample, "auto"), found);
});

test("where shapes do not tell, every layout is a candidate: channels first for images, as they are for flat inputs", () => {
  const layouts = (...asked: Parameters<typeof matchInputs>) =>
    matchInputs(...asked).map(({ layout }) => layout);
  assert.deepEqual(layouts([3, 3, 3], [3, 3, 3], "auto"), ["nchw", "nhwc"]);
  assert.deepEqual(layouts(["c", "h", "w"], [6, 6, 3], "auto"), ["nchw", "nhwc"]);
  assert.deepEqual(layouts([108], [6, 6, 3], "auto"), ["nhwc", "nchw"]);
  assert.deepEqual(
    matchInputs(undefined, [6, 6, 3], "auto").map(({ shape }) => shape),
    [[3, 6, 6], [6, 6, 3], [108], [108]],
  );
});

test("a layout that is asked for wins over the one that would be found", () => {
  assert.deepEqual(matchInputs([3, 3, 3], [3, 3, 3], "nhwc"), [{ layout: "nhwc", shape: [3, 3, 3] }]);
  assert.deepEqual(matchInputs([108], [6, 6, 3], "nchw"), [{ layout: "nchw", shape: [108] }]);
  assert.deepEqual(matchInputs([784], [28, 28, 1], "nchw"), [{ layout: "nhwc", shape: [784] }]);
  assert.deepEqual(matchInputs([28, 28, 3], [28, 28, 3], "nchw"), []);
});

test("channels go to the front, sample by sample", () => {
  // two samples of 1 × 2 pixels with 3 channels: value = 100 · sample + 10 · pixel + channel
  const nhwc = Float32Array.of(0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112);
  assert.deepEqual(
    [...channelsFirst(nhwc, 2, [1, 2, 3])],
    [0, 10, 1, 11, 2, 12, 100, 110, 101, 111, 102, 112],
  );
});
