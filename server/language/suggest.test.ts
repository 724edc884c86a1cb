import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { suggestion } from "./suggest.ts";

describe("suggestion", () => {
  const keys = ["type", "learningRate", "weightDecay", "train", "epochs", "epsilon"];
  for (const [written, meant] of [
    ["learninRate", "learningRate"],
    ["learning_rate", "learningRate"],
    ["lr", "learningRate"],
    ["wd", "weightDecay"],
    ["training", "train"],
    ["eps", "epsilon"],
    ["TYPE", "type"],
    ["ep", undefined],
    ["epo", "epochs"],
    ["whatever", undefined],
    ["", undefined],
  ] as const) {
    test(`${JSON.stringify(written)} is ${meant ?? "nothing that is known"}`, () => {
      assert.equal(suggestion(written, keys), meant);
    });
  }

  test("an abbreviation of two names suggests neither", () => {
    assert.equal(suggestion("clip", ["clipNorm", "clipValue"]), undefined);
  });
});
