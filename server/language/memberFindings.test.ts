import assert from "node:assert/strict";
import { test } from "node:test";
import { knowledgeOf, mnist, mnistFiles } from "../../test/support/checkRule.ts";
import { type CheckOptions, checkText, type Diagnostic } from "./check.ts";
import type { CountFlops, FileFacts } from "./facts.ts";
import { applyEdits } from "./finding.ts";
import { parse } from "./parse.ts";

const files: Readonly<Record<string, FileFacts | string>> = {
  ...mnistFiles,
  "t.onnx": { parameters: 1e6, outputs: [{ name: "y", shape: [-1, 10] }] },
  "s.onnx": { parameters: 8000, outputs: [{ name: "y", shape: [-1, 10] }], layers: [] },
  "gone.onnx": "No such file.",
};

const experiment = (sweep: string, student = `{ "preset": "mlp", "hidden": [4] }`): string =>
  `{ "data": { "train": ${mnist}, "validation": { "split": 0.1 }, "normalize": "fit" },
     "teacher": { "type": "onnx", "path": "t.onnx" }, "student": ${student},
     "losses": [{ "type": "kd", "temperature": 3 }, { "type": "ce" }], "sweep": { "parameters": { ${sweep} } } }`;

/** What stands at each finding, its code and its message. */
function found(
  text: string,
  { isThorough = false, countFlops }: Pick<CheckOptions, "isThorough" | "countFlops"> = {},
): (readonly [at: string, code: string, message: string])[] {
  const { document } = parse(text);
  const at = ({ range }: Diagnostic) =>
    text.slice(document.offsetAt(range.start), document.offsetAt(range.end));
  const diagnostics = checkText(text, { knowledge: knowledgeOf(files), isThorough, countFlops });
  return diagnostics.map((one) => [at(one), one.code, one.message]);
}

test("a sweep of sound values is sound", () => {
  assert.deepEqual(
    found(experiment(`"losses[0].temperature": [2, 4], "student.hidden": [[8], [16, 8]]`)),
    [],
  );
});

test("what the schema refuses at a path is said at the value", () => {
  const text = experiment(`"losses[0].temperature": [2, -1], "student.hidden": [[8], ["a"], 3]`);
  assert.deepEqual(
    found(text).map(([at, code]) => [at, code]),
    [
      ["-1", "out-of-range"],
      ["[", "wrong-type"],
      ["3", "wrong-type"],
    ],
  );
});

test("a misspelled value has the fix that it would have in its place", () => {
  const text = experiment(`"student.activation": ["relu", "gleu"]`);
  const [problem] = checkText(text, { knowledge: knowledgeOf(files) });
  const [repair] = problem?.fixes ?? [];
  const { document } = parse(text);
  const edits = (repair?.edits ?? []).map(({ range, newText }) => {
    const offset = document.offsetAt(range.start);
    return { offset, length: document.offsetAt(range.end) - offset, text: newText };
  });
  assert.match(applyEdits(text, edits), /\["relu", "(gelu|elu)"\]/);
});

test("what a rule says of a run is said at the value that brings it about", () => {
  const text = experiment(
    `"student.layers[1].units": [10, 7], "losses[0].temperature": [1]`,
    `{ "layers": [{ "type": "flatten" }, { "type": "dense", "units": 10 }] }`,
  );
  assert.deepEqual(
    found(text).map(([at, code]) => [at, code]),
    [
      ["7", "class-mismatch"],
      ["1", "temperature-one"],
    ],
  );
});

test("a temperature of 1 is not warned of where the sweep compares it with others", () => {
  assert.deepEqual(found(experiment(`"losses[0].temperature": [1, 3, 8]`)), []);
  assert.deepEqual(
    found(experiment(`"losses[0]": [{ "type": "kd", "temperature": 1 }, { "type": "kd" }]`)),
    [],
  );
  assert.deepEqual(
    found(experiment(`"losses[0].temperature": [1], "losses[0].weight": [0.5, 1]`)).map(([, code]) => code),
    ["temperature-one"],
  );
});

test("a file that is not there is said at its path, once", () => {
  const all = found(experiment(`"teacher.path": ["t.onnx", "gone.onnx"]`));
  assert.deepEqual(all, [[`"gone.onnx"`, "missing-file", "No such file."]]);
  const inside = found(
    experiment(`"student": [{ "preset": "mlp", "hidden": [4] }, { "model": "gone.onnx" }]`),
  );
  assert.deepEqual(inside, all);
});

test("values that are wrong only together are said so, at the last of them", () => {
  const vit = `{ "preset": "vit", "patchSize": 7, "width": 32, "depth": 1, "heads": 4 }`;
  const text = experiment(`"student.width": [32, 48], "student.heads": [4, 8, 6]`, vit);
  const [first, ...others] = found(text);
  // 6 heads divide 48 and not 32: alone it is wrong already, and no combination is looked at for it.
  assert.deepEqual([first?.[0], others], ["6", []]);
  const pair = found(experiment(`"student.width": [32, 40], "student.heads": [4, 16]`, vit));
  assert.deepEqual(
    pair.map(([at]) => at),
    ["16"],
  );
  assert.match(pair[0]?.[2] ?? "", /^Together with student\.width=40: /);
});

test("what is wrong with the file itself is not said again of each value", () => {
  const text = experiment(`"losses[0].temperature": [2, 4, 5]`, `{ "preset": "mlp", "hiden": [4] }`);
  assert.equal(found(text).filter(([, code]) => code === "unknown-key").length, 1);
});

test("a path that leads nowhere is said of the path alone", () => {
  const all = found(experiment(`"student.hiden": [[4], [8]]`));
  assert.deepEqual(
    all.map(([at, code]) => [at, code]),
    [[`"student.hiden"`, "sweep-path"]],
  );
});

test("a large sweep is checked in time while somebody types, and whole before it is run", () => {
  const many = JSON.stringify(Array.from({ length: 300 }, (_, index) => [index + 1]));
  const text = experiment(`"student.hidden": ${many.replace("[300]", `["a"]`)}`);
  const wrong = (options?: { isThorough: boolean }) =>
    found(text, options).filter(([, code]) => code === "wrong-type").length;
  assert.equal(wrong(), 0, "the last of many is not looked at yet");
  assert.equal(wrong({ isThorough: true }), 1);
});

const drawn = (parameters: string, more = ""): string =>
  experiment(parameters).replace(/ \} \} \}$/, ` }, "method": "random", "runs": 5${more} } }`);

test("the bounds of a range stand for what is drawn between them", () => {
  assert.deepEqual(found(drawn(`"student.hidden[0]": { "min": 2, "max": 64, "log": true }`)), []);
  assert.deepEqual(
    found(drawn(`"losses[0].temperature": { "min": -1, "max": 4 }`)).map(([at, code]) => [at, code]),
    [["-1", "out-of-range"]],
  );
  const fractions = found(
    drawn(`"student.hidden[0]": { "min": 2, "max": 64, "integer": false }, "alpha": [0.5]`),
    {
      isThorough: true,
    },
  );
  assert.ok(fractions.length > 0, "a width that is drawn between whole bounds is no whole number");
});

test("a budget leaves out students that are larger, and none within it is an error", () => {
  const budget = (parameters: number) => `, "budget": { "parameters": ${parameters} }`;
  const range = `"student.hidden[0]": { "min": 2, "max": 64 }`;
  // 784 · 2 + 2 + 2 · 10 + 10 = 1,600 parameters have the smallest.
  assert.deepEqual(found(drawn(range, budget(1e6)), { isThorough: true }), []);
  const [[at, code, message] = []] = found(drawn(range, budget(1000)));
  assert.deepEqual([at, code], ["1000", "sweep-budget"]);
  assert.match(
    message ?? "",
    /No student is within the budget: the smallest that was tried has [\d,]+ parameters/,
  );
  const grid = experiment(`"student.hidden": [[2], [4], [64]]`).replace(
    / \} \} \}$/,
    ` }${budget(4000)} } }`,
  );
  assert.deepEqual(found(grid, { isThorough: true }), [
    ["4000", "sweep-budget", "Of 3 combinations, 2 are within the budget; the others are not trained."],
  ]);
});

test("a student whose size is not known is named where a budget does not hold for it", () => {
  const text = (budget: string) =>
    experiment(`"student": [{ "model": "s.onnx" }, { "preset": "mlp", "hidden": [2] }]`).replace(
      / \} \} \}$/,
      ` }, "budget": ${budget} } }`,
    );
  const countFlops: CountFlops = () => 1;
  const said = (budget: string) => found(text(budget), { isThorough: true, countFlops });
  const words = (measure: string) =>
    `Not known before training, so trained whatever their \`${measure}\`: student={"model":"s.onnx"}.`;
  assert.deepEqual(said(`{ "flops": 9, "parameters": 9000 }`), [["9", "sweep-budget", words("flops")]]);
  assert.deepEqual(said(`{ "int8Bytes": 9000 }`), [["9000", "sweep-budget", words("int8Bytes")]]);
  assert.deepEqual(found(text(`{ "flops": 9 }`), { countFlops }), []);
});

test("a budget of bytes or FLOPs leaves out students as one of parameters does", () => {
  const text = (budget: string) =>
    experiment(`"student.hidden": [[2], [4], [64]]`).replace(/ \} \} \}$/, ` }, "budget": ${budget} } }`);
  // 784 · n + n + n · 10 + 10 parameters: 1,600; 3,190; 50,890.
  const countFlops: CountFlops = (layers) =>
    layers.reduce((sum, { units }) => sum + (typeof units === "number" ? units : 0), 0);
  const codes = (budget: string) => found(text(budget), { isThorough: true, countFlops });
  const two = "Of 3 combinations, 2 are within the budget; the others are not trained.";
  assert.deepEqual(codes(`{ "bytes": 12760 }`), [["12760", "sweep-budget", two]]);
  // One byte a weight, and five an output: 784 · n + 5 · n + 4 · n + … ≥ 64 values.
  assert.deepEqual(codes(`{ "int8Bytes": 4000 }`), [["4000", "sweep-budget", two]]);
  assert.deepEqual(codes(`{ "int8Bytes": 1000 }`), [
    [
      "1000",
      "sweep-budget",
      "No student is within the budget: the smallest that was tried has 1,706 bytes in int8.",
    ],
  ]);
  assert.deepEqual(codes(`{ "flops": 20 }`), [["20", "sweep-budget", two]]);
  assert.deepEqual(codes(`{ "parameters": 60000, "bytes": 12759, "flops": 74 }`), [
    ["12759", "sweep-budget", "Of 3 combinations, 1 is within the budget; the others are not trained."],
  ]);
  assert.deepEqual(codes(`{ "bytes": 6000 }`), [
    ["6000", "sweep-budget", "No student is within the budget: the smallest that was tried has 6,400 bytes."],
  ]);
  assert.deepEqual(codes(`{ "flops": 11 }`), [
    ["11", "sweep-budget", "No student is within the budget: the smallest that was tried has 12 FLOPs."],
  ]);
  assert.deepEqual(found(text(`{ "flops": 11 }`), { isThorough: true }), [], "nothing counts them");
});

const conditional = (parameters: string, conditions: string) =>
  experiment(parameters).replace(/ \} \} \}$/, ` }, "conditions": { ${conditions} } } }`);
const onlyDkd = `"losses[0].beta": { "losses[0].type": ["dkd"] }`;

test("a value is checked where it is tried, with what it waits for and what waits for it", () => {
  const types = `"losses[0].type": ["kd", "dkd"]`;
  assert.deepEqual(found(conditional(`${types}, "losses[0].beta": [4, 8]`, onlyDkd)), []);
  const drawn = conditional(`${types}, "losses[0].beta": { "min": 4, "max": 8 }`, onlyDkd);
  assert.deepEqual(
    found(drawn.replace(`"conditions"`, `"method": "random", "conditions"`), { isThorough: true }),
    [],
  );
  const refused = found(conditional(`${types}, "losses[0].beta": [4, -8, "a"]`, onlyDkd));
  assert.deepEqual(
    refused.map(([at]) => at),
    ["-8", `"a"`],
  );
  const layers = `"student": [{ "preset": "mlp", "hidden": [8] }, { "preset": "lenet" }], "student.hidden[0]": [4, 0]`;
  const place = conditional(layers, `"student.hidden[0]": { "student.preset": ["mlp"] }`);
  assert.deepEqual(
    found(place, { isThorough: true }).map(([at]) => at),
    ["0"],
  );
});

test("a key that only one value of a parameter needs may stand in the sweep alone", () => {
  const types = `"losses[0].type": ["kd", "hint"], "losses[0].student": ["hidden1"], "losses[0].teacher": ["y"]`;
  const where = `{ "losses[0].type": ["hint"] }`;
  const conditions = `"losses[0].student": ${where}, "losses[0].teacher": ${where}`;
  const codes = found(conditional(types, conditions)).map(([, code]) => code);
  assert.ok(!codes.includes("missing-key") && !codes.includes("sweep-path"), `${codes}`);
  const unneeded = found(conditional(types, "")).map(([, code]) => code);
  assert.ok(unneeded.includes("sweep-path"), `${unneeded}`);
});
