import assert from "node:assert/strict";
import { test } from "node:test";
import { caption, type Row } from "./compareView.ts";

const row = (parameters: Row["parameters"], damage?: string): Row => ({
  shown: {} as Row["shown"],
  details:
    parameters === undefined && damage === undefined
      ? undefined
      : { directory: "/r", ...(parameters && { parameters }), ...(damage && { damage }) },
  parameters,
});

test("a run that cannot be read is in no count of a comparison, and said", () => {
  const [one, other] = [row({ seed: 1, lr: 2 }), row({ seed: 2, lr: 2 })];
  const damaged = row(undefined, "experiment.json is not JSON.");
  const table = [
    [[one, other], "2 runs that differ in 1 parameter."],
    [[one, one], "2 runs of the same experiment: no parameter differs."],
    [[one, other, damaged], "2 runs that differ in 1 parameter. 1 that cannot be read is left out."],
    [[one, damaged], "One run. Choose another to compare it with. 1 that cannot be read is left out."],
    [[damaged, damaged], "No run to compare. 2 that cannot be read are left out."],
    [[one, row(undefined), damaged], "Reading the runs’ experiments…"],
  ] as const;
  for (const [rows, words] of table) assert.equal(caption(rows), words);
});
