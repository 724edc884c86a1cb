import assert from "node:assert/strict";
import { test } from "node:test";
import { spreadOf } from "../statistics/spread.ts";
import { latexSweep } from "./latex.ts";
import type { SweepReport } from "./report.ts";

const sweep: SweepReport = {
  format: 1,
  name: "a",
  runId: "a",
  state: "completed",
  runs: [],
  key: "accuracy",
  front: [],
  verdict: [],
  students: [
    {
      settings: { augment: [{ type: "my_own" }], path: "50%*~ #1" },
      trained: 2,
      planned: 3,
      measured: { "validation.accuracy": spreadOf([0.5, 0.75]), parameters: spreadOf([1200, 1200]) },
    },
    { settings: { path: '\\input{x} ^<|>"\n' }, trained: 0, planned: 3, measured: {} },
  ],
};

test("rows of a sweep are text to LaTeX, also where a row begins with what the end of a row would take", () => {
  // s = 0.25 / √2.
  assert.equal(
    latexSweep(sweep),
    [
      "% augment & path & seeds & validation accuracy & parameters",
      String.raw`{[}\{''type'':''my\_own''\}] & 50\%{*}\textasciitilde{} \#1 & 2 of 3 & 62.50 $\pm$ 17.68 \% & 1,200 \\`,
      String.raw`-- & \textbackslash{}input\{x\} \textasciicircum{}\textless{}\textbar{}\textgreater{}''  & 0 of 3 & -- & -- \\`,
      "",
    ].join("\n"),
  );
});
