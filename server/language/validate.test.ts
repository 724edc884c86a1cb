import assert from "node:assert/strict";
import { test } from "node:test";
import { validate as isExperiment } from "../../schemas/experiment.validate.gen.mjs";
import { applyEdits } from "./finding.ts";
import { parse } from "./parse.ts";
import { validate } from "./validate.ts";

interface Expected {
  readonly code: string;
  readonly message?: RegExp;
  /** The text after the first fix. */
  readonly fixed?: string;
}

const rest = `"data": { "train": { "type": "csv", "path": "t.csv", "label": 0 } }, "student": { "preset": "lenet" }`;

/** Exactly one finding (or none), exactly at ▸…◂. The text stands beside a `data` and a `student` that are right. */
function check(marked: string, expected?: Expected): void {
  test(marked, () => {
    const text = `{ ${marked.replaceAll(/[▸◂]/g, "")}, ${rest} }`;
    const found = validate(parse(text)).findings;
    if (!expected) return assert.deepEqual(found, []);
    const [finding, ...others] = found;
    assert.ok(finding);
    assert.deepEqual(
      others.map(({ message }) => message),
      [],
    );
    assert.equal(finding.code, expected.code);
    assert.match(finding.message, expected.message ?? /./);
    const start = 2 + marked.indexOf("▸");
    assert.deepEqual(finding.span, { offset: start, length: 2 + marked.indexOf("◂") - 1 - start });
    if (expected.fixed !== undefined) {
      assert.ok(finding.fixes[0], "there is no fix");
      assert.equal(applyEdits(text, finding.fixes[0].edits), `{ ${expected.fixed}, ${rest} }`);
    }
    return undefined;
  });
}

// Keys

check(`"seed": 1`);
check(`▸"sed"◂: 1`, { code: "unknown-key", message: /Did you mean "seed"/, fixed: `"seed": 1` });
check(`▸"whatever"◂: 1, "seed": 2`, {
  code: "unknown-key",
  message: /^Unknown key "whatever" in the experiment\.$/,
  fixed: `"seed": 2`,
});
check(`▸"constructor"◂: 1`, { code: "unknown-key" });
check(`▸"__proto__"◂: 1`, { code: "unknown-key" });
check(`"losses": [{ "type": "kd", ▸"temprature"◂: 3 }]`, {
  code: "unknown-key",
  message: /"losses\[0\]" \(kd\)/,
  fixed: `"losses": [{ "type": "kd", "temperature": 3 }]`,
});
check(`"optimizer": { "type": "adam", ▸"lr"◂: 0.01 }`, {
  code: "unknown-key",
  message: /Did you mean "learningRate"/,
  fixed: `"optimizer": { "type": "adam", "learningRate": 0.01 }`,
});
check(`"losses": [{ "type": "kd", "temperature": 4, ▸"temprature"◂: 3 }]`, {
  code: "unknown-key",
  message: /Did you mean "temperature", which already exists\?$/,
  fixed: `"losses": [{ "type": "kd", "temperature": 4 }]`,
});
check(`"optimizer": { "type": "adam", "learningRate": 1, ▸"speed"◂: 0.01 }`, {
  code: "unknown-key",
  message: /^Unknown key "speed" in "optimizer" \(adam\)\. Known here: "weightDecay", "betas", /,
  fixed: `"optimizer": { "type": "adam", "learningRate": 1 }`,
});
check(`"optimizer": { "type": "adam", ▸"momentum"◂: 0.9 }`, {
  code: "unknown-key",
  message: /belongs to "sgd", "rmsprop"/,
  fixed: `"optimizer": { "type": "adam" }`,
});
check(`"optimizer": { "type": "sgd" }, "training": { ▸"learningRate"◂: 0.1 }`, {
  code: "unknown-key",
  message: /^Unknown key "learningRate" in "training"\. It belongs at "optimizer\.learningRate"\.$/,
  fixed: `"optimizer": { "type": "sgd", "learningRate": 0.1 }, "training": { }`,
});
// What is missing on the way comes with its defaults.
check(`▸"learningRate"◂: 0.1`, {
  code: "unknown-key",
  fixed: `"optimizer": { "type": "adamw", "learningRate": 0.1 }`,
});
check(`"losses": [{ "type": "kd" }, { "type": "ce" }], "training": { ▸"classWeights"◂: "balanced" }`, {
  code: "unknown-key",
  fixed: `"losses": [{ "type": "kd" }, { "type": "ce", "classWeights": "balanced" }], "training": { }`,
});
check(`"name": "a", "training": { ▸"name"◂: "b" }`, {
  code: "unknown-key",
  message: /at the top level of the experiment, where one already is\.$/,
  fixed: `"name": "a", "training": { }`,
});
// What has to stand here is closer than the same word elsewhere.
check(`"teacher": { "type": "experiment", ▸"experiment"◂: "a.distill.json" }`, {
  code: "unknown-key",
  message: /Did you mean "path"\?$/,
  fixed: `"teacher": { "type": "experiment", "path": "a.distill.json" }`,
});
// Of several places none is chosen.
check(`"training": { ▸"hidden"◂: [8] }`, {
  code: "unknown-key",
  message: /It belongs at "teacher\.hidden" or "student\.hidden"\.$/,
  fixed: `"training": { }`,
});
check(`"losses": [{ "type": "kd" }], "training": { ▸"temperature"◂: 4 }`, {
  code: "unknown-key",
  message: /at "losses\[0\]\.temperature"/,
  fixed: `"losses": [{ "type": "kd", "temperature": 4 }], "training": { }`,
});
// The one key that has to stand here, where the value is of its kind: elsewhere a list is no number of epochs.
for (const training of ["", `"training": { "epochs": 40 }, `])
  check(`${training}"schedule": { "type": "multistep", ▸"epochs"◂: [10, 20] }`, {
    code: "unknown-key",
    message: /^Unknown key "epochs" in "schedule" \(multistep\)\. Did you mean "milestones"\?$/,
    fixed: `${training}"schedule": { "type": "multistep", "milestones": [10, 20] }`,
  });
// A list goes to no place of numbers.
check(`"schedule": { "type": "cosine", ▸"epochs"◂: [10, 20] }`, {
  code: "unknown-key",
  message: /belongs at "training\.epochs"/,
  fixed: `"schedule": { "type": "cosine" }`,
});
// The same word elsewhere is closer than a word of which two letters differ, and one letter less is a typo.
check(`▸"classes"◂: 3`, { code: "unknown-key", message: /at "data\.classes"/ });
check(`▸"trainin"◂: {}`, { code: "unknown-key", message: /Did you mean "training"/ });
check(`"schedule": { ▸"typ"◂: "cosine" }`, {
  code: "unknown-key",
  fixed: `"schedule": { "type": "cosine" }`,
});
check(`▸"teacher"◂: { "type": "onnx" }`, {
  code: "missing-key",
  message: /"path" is missing in "teacher" \(onnx\)/,
  fixed: `"teacher": { "type": "onnx", "path": "teacher.onnx" }`,
});
check(`"losses": [▸{◂ "weight": 1 }]`, {
  code: "missing-key",
  message: /"type" is missing/,
  fixed: `"losses": [{ "type": "kd", "weight": 1 }]`,
});
check(`▸"teacher"◂: { "type": "layers", "train": {} }`, {
  code: "missing-key",
  message: /"layers" or "preset"/,
});

test("a part at a wrong place is one mistake: it is not missing, and its content is checked", () => {
  const text = `{ "training": { "optimizer": { "type": "sgd", "momentun": 0.9 }, "data": { "train": { "type": "csv", "path": "t.csv", "label": 0 } } }, "student": { "preset": "lenet" } }`;
  const { findings } = validate(parse(text));
  const places = findings.map(
    ({ code, span }) => `${code} ${text.slice(span.offset, span.offset + span.length)}`,
  );
  assert.deepEqual(places, [`unknown-key "optimizer"`, `unknown-key "data"`, `unknown-key "momentun"`]);
});

// Values

check(`"optimizer": { "type": ▸"adm"◂ }`, {
  code: "unknown-value",
  message: /Did you mean "adam".*one of "adamw", "adam"/,
  fixed: `"optimizer": { "type": "adam" }`,
});
check(`"teacher": { "type": "layers", "preset": ▸"resnt"◂, "depth": 8, "train": {} }`, {
  code: "unknown-value",
  message: /Did you mean "resnet"/,
});
check(`"teacher": { "type": "onnx", "path": "t", "outputs": ▸"scores"◂ }`, {
  code: "unknown-value",
  message: /"auto", "logits", "probabilities"/,
});
test("a student of a teacher's type is told the keys that a student has in its place", () => {
  const text = `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": 0 } }, "student": { "type": "onnx", "path": "s.onnx" } }`;
  const [finding, ...others] = validate(parse(text)).findings;
  assert.deepEqual(others, []);
  assert.match(
    finding?.message ?? "",
    /^Unknown value "onnx"\. Expected the path of a module .*, or one of the keys .*"preset", "model".* in its place\.$/,
  );
});
check(`"seed": ▸"1"◂`, { code: "wrong-type", message: /Expected an integer.*found "1"/, fixed: `"seed": 1` });
check(`"baselines": { "studentAlone": ▸"true"◂ }`, {
  code: "wrong-type",
  message: /true or false/,
  fixed: `"baselines": { "studentAlone": true }`,
});
check(`"baselines": { "studentAlone": { "losses": [{ "type": "labelSmoothing" }] } }`);
check(`"baselines": { "studentAlone": { "losses": [{ "type": ▸"kd"◂ }] } }`, {
  code: "unknown-value",
  message: /"ce", "bce", "mse", "huber", "labelSmoothing"/,
});
check(`"losses": ▸{◂ "type": "ce" }`, {
  code: "wrong-type",
  message: /a list/,
  fixed: `"losses": [{ "type": "ce" }]`,
});
check(`"losses": ▸null◂`, { code: "wrong-type", message: /found null/ });
check(`"losses": ▸[]◂`, { code: "wrong-length", message: /at least 1; found 0/ });
check(`"losses": [{ "type": "kd", "weight": ▸"high"◂ }]`, {
  code: "wrong-type",
  message: /a number ≥ 0 or an object with "from", "to", "over"/,
});
check(`"losses": [{ "type": "kd", "weight": { "from": 1, "to": 0, "over": ▸0◂ } }]`, {
  code: "out-of-range",
  message: /≥ 1 \(steps\); found 0/,
});
check(`"temperature": ▸0◂`, { code: "out-of-range", message: /> 0; found 0/ });
check(`"engine": ▸{◂ "type": "tensorflow" }`, {
  code: "wrong-type",
  message: /^Expected one of "auto", "onnxruntime", "tensorflow"; found an object\.$/,
});
check(`"engine": ▸3◂`, { code: "wrong-type", message: /^Expected one of "auto".*; found 3\.$/ });
check(`"optimizer": { "type": ▸{◂ "name": "adam" } }`, {
  code: "wrong-type",
  message: /^Expected one of "adamw", "adam".*; found an object\.$/,
});
check(`"seed": ▸1.5◂`, { code: "wrong-type", message: /an integer/ });
check(`"seed": ▸1e999◂`, { code: "wrong-type", message: /found 1e999/ });
check(`"name": ▸""◂`, { code: "wrong-text", message: /not be empty/ });
check(`"teacher": { "type": "onnx", "path": ▸7◂ }`, { code: "wrong-type", message: /path of a file/ });
check(`"losses": [{ "type": "ce", "name": ▸"a b"◂ }]`, {
  code: "wrong-text",
  message: /Expected a name; found "a b"\. .*letters, digits, `_` and `-`/,
});

check(`"teacher": { "type": ▸"PyTorch"◂, "path": "t.pt" }`, {
  code: "unknown-value",
  message: /not supported\. .*torch\.onnx\.export.*"onnx"\. Expected one of/,
});

test("a misspelled key is not missing as well", () => {
  const text = `{ "data": { "train": { "type": "csv", "pth": "t.csv", "label": 0 } }, "student": { "preset": "lenet" } }`;
  assert.deepEqual(
    validate(parse(text)).findings.map(({ message }) => message),
    ['Unknown key "pth" in "train" (csv). Did you mean "path"?'],
  );
});

test("of a key that is there twice both are looked at", () => {
  const { problems } = parse(`{ "seed": 1, "seed": 2 }`);
  assert.deepEqual(
    problems.map(({ code, span }) => [code, span.offset]),
    [["duplicate-key", 13]],
  );
});

test("a long list of wrong values is answered with the first of them, and errors do not pile up", () => {
  const losses = Array.from({ length: 5000 }, () => 0);
  const { findings } = validate(parse(`{ "losses": ${JSON.stringify(losses)}, ${rest} }`));
  assert.ok(findings.length > 0 && findings.length <= 100, `${findings.length} findings`);
  assert.ok((isExperiment.errors?.length ?? 0) < 2000, `${isExperiment.errors?.length} errors`);
});
