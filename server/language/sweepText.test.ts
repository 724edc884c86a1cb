import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "./parse.ts";
import { sweepText } from "./sweepText.ts";

const words = (sweep: object) =>
  sweepText(
    parse(JSON.stringify({ jobs: 1, sweep: { parameters: { alpha: { min: 0.1, max: 0.9 } }, ...sweep } }))
      .root,
  );

test("a sweep says how its runs are chosen", () => {
  assert.equal(
    words({ method: "random", runs: 20 }),
    "**20 experiments**: `alpha` from 0.1 to 0.9, drawn at random. They are trained one after the other.",
  );
  assert.match(
    words({ method: "halving" }) ?? "",
    /drawn at random\. .* One in 3 goes on after 1, 3, 9, … epochs\.$/,
  );
  assert.match(words({ method: "asha" }) ?? "", /… epochs, each as soon as it is among the best of those/);
  assert.equal(
    words({ method: "tpe", runs: 20, budget: { parameters: 9, latencyMs: 0.5 } }),
    "**20 experiments**: `alpha` from 0.1 to 0.9, of students with at most 9 parameters, 0.5 ms a prediction. They are trained one after the other. The first 5 combinations are drawn at random, each of the others is proposed by what those before it reach on validation.",
  );
  assert.match(words({ method: "tpe", startup: 1 }) ?? "", /The first combination is drawn at random/);
});

test("a sweep says how long it trains, by the steps of a former run", () => {
  const timed = (sweep: object, steps?: number, stepSeconds?: number) =>
    sweepText(
      parse(
        JSON.stringify({
          training: { epochs: 9 },
          sweep: { parameters: { alpha: [0.1, 0.5, 0.9] }, ...sweep },
        }),
      ).root,
      { steps, stepSeconds },
    ) ?? "";
  assert.match(timed({}, 900, 0.02), / In all about 54 s of training, at 20 ms a step as in the last run\.$/);
  for (const unknown of [timed({}, 900), timed({}, undefined, 0.02)]) assert.doesNotMatch(unknown, /In all/);
  // Three for one epoch, one for eight more: 11 of 27 epochs.
  assert.match(timed({ method: "halving" }, 900, 0.02), / In all about 22 s of training/);
});
