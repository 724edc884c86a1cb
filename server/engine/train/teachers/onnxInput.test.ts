import assert from "node:assert/strict";
import { test } from "node:test";
import { channelsFirst, matchInput } from "./onnxInput.ts";

test("the layout of a model's input is found out by its shape", () => {
  const cases: [wanted: (number | string)[], sample: number[], found: ReturnType<typeof matchInput>][] = [
    [[1, 28, 28], [28, 28, 1], { layout: "nchw", shape: [1, 28, 28] }],
    [[28, 28, 1], [28, 28, 1], { layout: "nhwc", shape: [28, 28, 1] }],
    [[3, "height", "width"], [32, 32, 3], { layout: "nchw", shape: [3, 32, 32] }],
    [[-1, -1, 3], [32, 32, 3], { layout: "nhwc", shape: [32, 32, 3] }],
    [[3, 3, 3], [3, 3, 3], { layout: "nchw", shape: [3, 3, 3] }],
    [[784], [28, 28, 1], { layout: "nhwc", shape: [784] }],
    [[28, 28], [28, 28, 1], { layout: "nhwc", shape: [28, 28] }],
    [[1, 28, 28], [28, 28], { layout: "nchw", shape: [1, 28, 28] }],
    [[13], [13], { layout: "nhwc", shape: [13] }],
    [[3, 32, 32], [28, 28, 1], undefined],
    [[12], [13], undefined],
  ];
  for (const [wanted, sample, found] of cases) assert.deepEqual(matchInput(wanted, sample, "auto"), found);
});

test("a layout that is asked for wins over the one that would be found", () => {
  assert.deepEqual(matchInput([3, 3, 3], [3, 3, 3], "nhwc"), { layout: "nhwc", shape: [3, 3, 3] });
  assert.equal(matchInput([28, 28, 3], [28, 28, 3], "nchw"), undefined);
});

test("channels go to the front, sample by sample", () => {
  // two samples of 1 × 2 pixels with 3 channels: value = 100 · sample + 10 · pixel + channel
  const nhwc = Float32Array.of(0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112);
  assert.deepEqual(
    [...channelsFirst(nhwc, 2, [1, 2, 3])],
    [0, 10, 1, 11, 2, 12, 100, 110, 101, 111, 102, 112],
  );
});
