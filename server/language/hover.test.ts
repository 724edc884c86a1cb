import assert from "node:assert/strict";
import { test } from "node:test";
import type { MarkupContent } from "vscode-languageserver-types";
import { knowledgeOf, mnist, mnistFiles } from "../../test/support/checkRule.ts";
import { atCursor } from "../../test/support/cursor.ts";
import { softnessOf } from "../statistics/softness.ts";
import type { FileFacts } from "./facts.ts";
import { hover } from "./hover.ts";
import { teachingOf } from "./teaching.ts";
import type { TeacherFound } from "./temperatureText.ts";

/** The hover at the cursor says all of this, and nothing where nothing is expected. */
function check(
  marked: string,
  expected: readonly RegExp[],
  files: Record<string, FileFacts | string> = {},
): void {
  test(`hover at ${marked}`, () => {
    const { parsed, offset } = atCursor(marked);
    const found = hover(parsed, offset, knowledgeOf(files), { pages: "file:///docs" });
    if (expected.length === 0) return assert.equal(found, undefined);
    const { value } = (found?.contents ?? { value: "" }) as MarkupContent;
    for (const pattern of expected) assert.match(value, pattern);
    return undefined;
  });
}

const readMore = /\[Read more\]\(file:\/\/\/docs\/temperature\.md\)$/;
check(`{ "temp|erature": 3 }`, [
  /^\*\*temperature\*\*/,
  /a number > 0/,
  /usually 1 – 20/,
  /default `3`/,
  readMore,
]);
check(`{ "losses": [{ "type": "kd", "temp|erature": 3 }] }`, [readMore]);
check(`{ "data": { "batch|Size": 64 } }`, [/in samples/, /default `128`/]);
check(`{ "teacher": { "type": "onnx", "layout": "au|to" } }`, [/one of `"auto"`, `"nchw"`, `"nhwc"`/]);
check(`{ "losses": [{ "type": "k|d" }] }`, [/T² · mean over the batch/, /\[Hinton.*\]\(https:\/\/arxiv.org/]);
check(`{ "losses": [{ "ty|pe": "kd" }] }`, [/A term of the loss/, /- `"kd"`: Knowledge distillation/]);
check(`{ "optimizer": { "type": "sgd", "mom|entum": 0.9 } }`, [/Share of the last step/]);
check(`{ "student": | { } }`, []);
check(`{ "unknown|": 1 }`, []);
check(
  `{ "data": { "train": { "type": "idx", "images": "x|", "labels": "y" } } }`,
  [/File with the images/, /60,000 samples of \[28, 28, 1\], uint8/],
  mnistFiles,
);
const people = {
  "p.csv": {
    columnNames: ["age", "work", "income"],
    columnFacts: [
      { name: "age", as: "number", missing: 3, range: [17, 90] },
      { name: "work", as: "category", different: 3, frequent: [["Private", 1200]] },
    ],
  },
} as const;
const features = (list: string) =>
  `{ "data": { "train": { "type": "csv", "path": "p.csv", "label": "income", "features": [${list}] } } }`;
check(features('"a|ge"'), [/`age`: number, 17 … 90; 3 without a value$/], people);
check(features('{ "column": "wo|rk" }'), [/`work`: category of 3 texts\\: Private 1,200, …$/], people);
check(
  `{ "teacher": { "type": "onnx", "path": "t|" } }`,
  [/1,234 parameters/, /out: `logits` \[\?, 10\] \(probabilities\)/],
  {
    t: { parameters: 1234, outputs: [{ name: "logits", shape: [-1, 10] }], endsInSoftmax: true },
  },
);
check(
  `{ "teacher": { "type": "onnx", "path": "t|" } }`,
  [/^100 trees, 4,312 nodes {2}\nout: `probabilities` \[\?, 2\]: cat, dog$/m],
  {
    t: {
      learned: { trees: 100, treeNodes: 4312 },
      outputs: [{ name: "probabilities", shape: [-1, 2], classNames: ["cat", "dog"] }],
    },
  },
);
const port = (name: string) => ({ name, shape: [-1, 16], dtype: "int64" });
const bert = { t: { inputs: [port("input_ids"), port("attention_mask")] } };
check(
  `{ "teacher": { "type": "onnx", "path": "t|" } }`,
  [/^fed: "input.*ids" takes the sample, "attention.*mask" the mask$/m],
  bert,
);
check(`{ "teacher": { "type": "onnx", "path": "t|" } }`, [/what the inputs "a", "b" are fed does not show/], {
  t: { inputs: [port("a"), port("b")] },
});
check(`{ "teacher": { "type": "onnx", "path": "t|" } }`, [/There is no t/], { t: "There is no t." });
check(
  `{ "data": { "train": ${mnist} }, "student": { "layers": [{ "type": "conv|2d", "filters": 8, "kernelSize": 3 }] } }`,
  // 3 · 3 · 1 · 8 + 8
  [/`conv2d_1`: \[28, 28, 1\] → \[26, 26, 8\] · 80 parameters/],
  mnistFiles,
);
check(
  `{ "data": { "train": ${mnist.replace(" }", ', "take": 2000 }')}, "unla|belled": { "type": "idx", "images": "x", "skip": 2000 } } }`,
  [/2,000 labelled, 58,000 without labels/],
  mnistFiles,
);
check(`{ "data": { "train": ${mnist}, "batch|Size": 100 } }`, [/600 steps an epoch/], mnistFiles);

// Sweeps: how many experiments there are, and what a path leads to.
const swept = (inner: string) =>
  `{ "losses": [{ "type": "kd", "temperature": 3 }], "seeds": [1, 2], ${inner} }`;
check(swept(`"sw|eep": { "parameters": { "losses[0].temperature": [1, 2, 4] } }`), [
  /\*\*6 experiments\*\*: 3 × `losses\[0\]\.temperature`, 2 seeds\./,
]);
check(`{ "see|ds": [1, 2, 3] }`, [/\*\*3 experiments\*\*: 3 seeds/]);
check(`{ "see|ds": [1, 2, 3] }`, [/3 seeds\. As many are trained at a time as the machine has cores\./]);
check(`{ "see|ds": [1, 2, 3], "jobs": 1 }`, [/3 seeds\. They are trained one after the other\./]);
check(`{ "see|ds": [1, 2, 3], "jobs": 2 }`, [/3 seeds\. 2 are trained at a time\./]);
check(swept(`"sweep": { "parameters": { "losses[0].temp|erature": [1, 2, 4] } }`), [
  /^\*\*losses\\\[0\\\]\.temperature\*\*\n\nDivides both logits/,
  /Now `3`/,
]);
check(swept(`"sweep": { "parameters": { "losses[0].temperature": [1, |2, 4] } }`), [/a number > 0/]);
// A tag means what it means in its place, whatever the file has there, as do those inside a value.
check(swept(`"sweep": { "parameters": { "losses[0].type": ["kd", "dk|d"] } }`), [/Decoupled/]);
check(swept(`"sweep": { "parameters": { "losses[0].type": ["k|d", "dkd"] } }`), [/Hinton/]);
check(swept(`"sweep": { "parameters": { "student.preset": ["mlp", "vi|t"] } }`), [/transformer/i]);
check(swept(`"sweep": { "parameters": { "optimizer.type": ["sgd", "ada|mw"] } }`), [/weight decay/i]);
check(swept(`"sweep": { "parameters": { "student": [{ "preset": "v|it" }, { "preset": "mlp" }] } }`), [
  /transformer/i,
]);
check(swept(`"sweep": { "parameters": { "losses": [[{ "type": "dkd", "be|ta": 2 }]] } }`), [/NCKD/]);
const conditional = (parameters: string, conditions: string) =>
  swept(
    `"sweep": { "parameters": { "losses[0].type": ["kd", "dkd"], ${parameters} }, "conditions": { ${conditions} } }`,
  );
const onlyDkd = `"losses[0].beta": { "losses[0].type": ["dkd"] }`;
check(conditional(`"losses[0].be|ta": [4, 8]`, onlyDkd), [/weight/i]);
check(conditional(`"losses[0].beta": [4, 8]`, `"losses[0].beta": { "losses[0].ty|pe": ["dkd"] }`), [
  /Now `"kd"`/,
]);
// A value that a condition needs means what it means where it is tried.
check(conditional(`"losses[0].beta": [4, 8]`, `"losses[0].beta": { "losses[0].type": ["dk|d"] }`), [
  /Decoupled/,
]);
check(
  `{ "student": { "preset": "mlp" }, "sweep": { "parameters": { "student": [{ "preset": "mlp" }, { "preset": "vit" }], "student.depth": [2, 4] }, "conditions": { "student.depth": { "student.preset": ["vi|t"] } } } }`,
  [/transformer/i],
);
check(conditional(`"losses[0].beta": [4, 8]`, onlyDkd).replace(`"sweep"`, `"sw|eep"`), [
  /6 experiments/,
  /2 × `losses\[0\]\.beta` where `losses\[0\]\.type` is `"dkd"`/,
]);
check(
  `{ "teacher": { "type": "onnx", "path": "t" }, "sweep": { "parameters": { "teacher.path": ["u|"] } } }`,
  [/1,234 parameters/],
  { u: { parameters: 1234 } },
);

// A layer that a loss names: what it gives, and what comparing it costs.
const compared = (student: string, teacher: string) =>
  `{ "data": { "train": ${mnist} }, "student": { "layers": [{ "type": "conv2d", "filters": 8, "kernelSize": 3 }] }, "teacher": { "type": "onnx", "path": "t" }, "losses": [{ "type": "sp", "student": "${student}", "teacher": "${teacher}" }] }`;
const known = { ...mnistFiles, t: { layers: [{ name: "relu", type: "Relu", shape: [7, 7, 5] }] } };
check(compared("conv|2d_1", "relu"), [/`conv2d_1` conv2d → \[26, 26, 8\]/], known);
check(compared("conv2d_1", "re|lu"), [/the teacher runs in every step/, /`relu` Relu → \[7, 7, 5\]$/], known);

// A loss that remembers every sample: how much that is.
const contrasted = (crd: string) => `{ "data": { "train": ${mnist} }, "losses": [{ ${crd} }] }`;
check(
  contrasted(`"type": "cr|d", "student": "a", "teacher": "b"`),
  [/differ from those of others/, /Tian et al\. 2020/],
  mnistFiles,
);
check(
  contrasted(`"type": "c|rd", "student": "a", "teacher": "b"`),
  [/60,000 samples remembered twice: 61\.4 MB$/], // 2 · 60,000 · 128 · 4 bytes
  mnistFiles,
);
check(contrasted(`"type": "crd", "dimen|sion": 32`), [/default `128`/, /twice: 15\.4 MB$/], mnistFiles);

const picture = "![p](https://x/y.png)<img src=x>`[c](command:x)";
check(
  `{ "teacher": { "type": "onnx", "path": "t|" } }`,
  [
    /^out: `` !\[p\]\(https:\/\/x\/y\.png\)<img src=x>`\[c\]\(command:x\) `` \[\?, 2\]: a, \\!\\\[p\\\]\\\(https\\:\/\/x\/y\.png\\\)\\<img src\\=x\\>\\`\\\[c\\\]\\\(command\\:x\\\)$/m,
  ],
  { t: { outputs: [{ name: picture, shape: [-1, 2], classNames: ["a", picture] }] } },
);
check(
  `{ "data": { "train": { "type": "csv", "path": "x|" } } }`,
  [/2 classes: a, \\!\\\[p\\\]\\\(https\\:/],
  { x: { classes: 2, classNames: ["a", picture] } },
);
check(`{ "teacher": { "type": "onnx", "path": "t|" } }`, [/There is no \\!\\\[p\\\]\\\(https\\:/], {
  t: `There is no ${picture}`,
});

test("a temperature shows how soft the outputs of the last run's teacher are, or how they become known", () => {
  const data = { train: JSON.parse(mnist) };
  const teacher = { type: "onnx", path: "t.onnx" };
  const marked = `{ "data": ${JSON.stringify(data)}, "teacher": ${JSON.stringify(teacher)}, "temp|erature": 3 }`;
  const { parsed, offset } = atCursor(marked);
  const said = (found?: TeacherFound) => {
    const { contents } = hover(parsed, offset, knowledgeOf(mnistFiles), found) ?? { contents: { value: "" } };
    return (contents as MarkupContent).value;
  };
  assert.match(said(), /A run shows here how soft the teacher's outputs are/);
  const lastRun = {
    uri: "file:///a.distill.json",
    directory: "/runs/1",
    teaching: teachingOf({ data, teacher }) as string,
    warnings: [],
    softness: softnessOf(Float32Array.of(12, 0, 0), 3),
  };
  const table = said({ lastRun, ground: "light" });
  assert.match(table, /^!\[How soft .*\]\(data:image\/svg\+xml;base64,/);
  assert.match(table, /^\| `temperature` \| 1 \| 2 \| \*\*3\*\* \| 4 \| 8 \| 20 \|$/m);
  assert.match(table, /^\| beside the likeliest class \| 0\.00 % \| 0\.49 % \| 3\.53 % \| 9\.06 % \|/m);
  assert.match(table, /^\*\*temperature\*\*$/m);
  assert.match(said({ lastRun: { ...lastRun, teaching: "" } }), /The last run had another teacher/);
});
