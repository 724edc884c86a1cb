import assert from "node:assert/strict";
import { test } from "node:test";
import { knowledgeOf, mnist, mnistFiles } from "../../test/support/checkRule.ts";
import type { FileFacts } from "./facts.ts";
import { inlayHints } from "./inlayHints.ts";
import { modelOf } from "./model/model.ts";
import { parse } from "./parse.ts";

/** Hints stand where `‹…›` says so, and say that. */
function check(marked: string, files: Record<string, FileFacts | string> = mnistFiles): void {
  test(marked, () => {
    const text = marked.replaceAll(/‹[^›]*›/g, "");
    const parsed = parse(text);
    const model = modelOf(parsed, knowledgeOf(files));
    assert.ok(model);
    const hints = inlayHints(model, { offset: 0, length: text.length });
    const shown = hints
      .map(({ position, label }) => ({ at: parsed.document.offsetAt(position), label }))
      .reduceRight((result, { at, label }) => `${result.slice(0, at)}‹${label}›${result.slice(at)}`, text);
    assert.equal(shown, marked);
  });
}

check(`{ "data": { "train": ${mnist}, "batchSize": 128‹469 steps an epoch› } }`);
check(
  `{ "data": { "train": ${mnist.replace(" }", ', "take": 2000 }')}, "unlabelled": { "type": "idx", "images": "x", "skip": 2000 }, "batchSize": 128‹469 steps an epoch› } }`,
);
check(
  `{ "data": { "train": ${mnist.replace(" }", ', "take": 2000 }')}, "unlabelled": { "type": "idx", "images": "x", "skip": 2000, "share": 0.5 }, "batchSize": 128‹907 steps an epoch› } }`,
);
check(`{ "data": { "train": ${mnist}, "batchSize": 128‹468 steps an epoch›, "dropRemainder": true } }`);
check(
  `{ "data": { "train": ${mnist}, "batchSize": 128‹422 steps an epoch›, "validation": { "split": 0.1 } } }`,
);
check(
  `{ "data": { "train": ${mnist} }, "student": { "layers": [{ "type": "flatten" }‹→ [784]›, { "type": "dense", "units": 10 }‹→ [10] · 7,850 parameters›] } }`,
);
// 784 · 64 + 64 + 64 · 10 + 10
check(`{ "data": { "train": ${mnist} }, "student": { "preset": "mlp"‹50,890 parameters›, "hidden": [64] } }`);
check(`{ "teacher": { "type": "onnx", "path": "t.onnx"‹99 parameters› } }`, { "t.onnx": { parameters: 99 } });
// Nothing is known: nothing is said.
check(
  `{ "data": { "train": ${mnist}, "batchSize": 128 }, "student": { "layers": [{ "type": "flatten" }] } }`,
  {},
);

// A stage that says no length has the experiment's: three epochs of 469 steps.
check(
  `{ "data": { "train": ${mnist} }, "training": { "epochs": 3 }, "stages": [{ "name": "a"‹40 steps›, "training": { "steps": 40 } }, { "name": "b"‹1,407 steps› }] }`,
);
