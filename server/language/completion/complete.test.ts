import assert from "node:assert/strict";
import { test } from "node:test";
import { knowledgeOf, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { accept, completions } from "../../../test/support/cursor.ts";
import { checkText } from "../check.ts";
import { parse } from "../parse.ts";
import { startingPoints } from "../startingPoints.ts";

/** Choosing `label` at the cursor gives exactly this text. */
function check(marked: string, label: string, expected: string, { isOpen = false } = {}): void {
  test(`${label} at ${marked}`, () => {
    const text = accept(marked, label);
    assert.equal(text, expected);
    if (!isOpen) assert.deepEqual(parse(text).problems, [], "the text is not valid JSON any more");
  });
}

/** Exactly these labels are offered. */
function offers(marked: string, ...labels: string[]): void {
  test(`at ${marked}: ${labels.join(", ") || "nothing"}`, () => {
    assert.deepEqual(
      completions(marked).map(({ label }) => label),
      labels,
    );
  });
}

// Keys

check(
  `{ | }`,
  "student",
  `{ "student": { "layers": [{ "type": "flatten" }, { "type": "dense", "units": 10 }] } }`,
);
check(`{ "se|" }`, "seed", `{ "seed": 1 }`);
check(`{ se| }`, "seed", `{ "seed": 1 }`);
check(`{ "alpha": 0.5, "te|": 3 }`, "temperature", `{ "alpha": 0.5, "temperature": 3 }`);

// Commas come along, on either side, comments or not.
check(`{ "alpha": 0.5 | }`, "seed", `{ "alpha": 0.5, "seed": 1 }`);
check(`{ | "alpha": 0.5 }`, "seed", `{ "seed": 1, "alpha": 0.5 }`);
check(`{ "alpha": 0.5 // half\n  | }`, "seed", `{ "alpha": 0.5, // half\n  "seed": 1 }`);
check(`{ "seed": 1,\n  "al|"\n  "name": "x" }`, "alpha", `{ "seed": 1,\n  "alpha": 0.7,\n  "name": "x" }`);

// Between the colon and a value that is there, the value is replaced; lists and objects are left alone.
const padding = `"type": "conv2d", "filters": 4, "kernelSize": 3`;
const layer = (rest: string) => `{ "student": { "layers": [{ ${padding}, ${rest} }] } }`;
check(layer(`"padding":| "same"`), "valid", layer(`"padding":"valid"`));
check(layer(`"padding": |"same", "name": "c"`), "valid", layer(`"padding": "valid", "name": "c"`));
check(
  `{ "data": { "batchSize":| 128, "shuffle": true } }`,
  "64",
  `{ "data": { "batchSize":64, "shuffle": true } }`,
);
check(layer(`"padding":|\n  "name": "c"`), "valid", layer(`"padding":"valid",\n  "name": "c"`));
check(layer(`"padding":| "name": "c"`), "valid", layer(`"padding":"valid", "name": "c"`));
offers(`{ "student":| { "preset": "lenet" } }`);
offers(`{ "student":|\n  { "preset": "lenet" } }`);
offers(`{ "losses":| [{ "type": "ce" }] }`);
offers(layer(`"padding":|\n  "same"`));

// Only the keys of the variant that was chosen, and none that is there already.
offers(`{ "losses": [{ "type": "kd", | }] }`, "temperature", "standardize", "weight", "name");
offers(`{ "losses": [{ "type": "ce", "weight": 1, | }] }`, "classWeights", "name");
offers(
  `{ "optimizer": { "type": "sgd", "learningRate": 1, "momentum": 0, "dampening": 0, | } }`,
  "nesterov",
  "weightDecay",
  "decayBiasAndNorm",
);
offers(`{ "data": { "validation": { "split": 0.1, | } } }`);
offers(
  `{ "student": { "preset": "resnet", "depth": 20, | } }`,
  "width",
  "weights",
  "weightNames",
  "newWeights",
  "trainable",
  "learningRates",
  "weightDecays",
);
offers(`{ "student": { "layers": [{ "type": "dropout", | }] } }`, "rate", "name", "inputs");

// Nor a key that stands for what another says already.
for (const [text, rivals] of [
  [`{ "losses": [], | }`, ["temperature", "alpha"]],
  [`{ "alpha": 0.5, | }`, ["losses"]],
  [`{ "seeds": [1, 2], | }`, ["seed"]],
  [`{ "seed": 1, | }`, ["seeds"]],
  [`{ "training": { "epochs": 3, | } }`, ["steps"]],
  [`{ "teacher": { "type": "layers", "train": { "steps": 3, | } } }`, ["epochs"]],
] as const)
  test(`at ${text}: not ${rivals.join(", ")}`, () => {
    const labels = completions(text).map(({ label }) => label);
    assert.ok(labels.length > 3);
    for (const rival of rivals) assert.ok(!labels.includes(rival), rival);
  });
offers(
  `{ "losses": [{ "type": "dkd", "beta": 8, "temperature": 4, "weight": 1, | }] }`,
  "alpha",
  "standardize",
  "name",
);

// Where nothing is chosen yet, what would choose.
offers(
  `{ "student": { | } }`,
  ...["layers", "preset", "model", "run", "experiment", "type", "trainable", "learningRates", "weightDecays"],
);
offers(`{ "losses": [{ | }] }`, "type", "weight", "name");
offers(`{ "stages": [{ | }] }`, ...["name", "losses", "trainable", "optimizer", "schedule", "training"]);
offers(`{ "stages": [{ "losses": [{ "type": "ce", "weight": 1, | }] }] }`, "classWeights", "name");
offers(`{ "stages": [{ "training": { "epochs": 3, | } }] }`, "clipNorm", "evaluateEvery", "earlyStopping");
offers(`{ "teacher": { "type": "layers", | } }`, "layers", "preset", "train", "normalize", "outputs");
offers(`{ "data": { "validation": { | } } }`, "type", "folder", "table", "path", "lines", "split");

// No keys in what is no object, or not of the schema.
offers(`{ "constructor": { | } }`);
offers(`{ "losses": [{ "type": "kd" }], // here |\n }`);
offers(`{ "name": "x" } |`);

test("types come with what their short names stand for, in each row", () => {
  const said = (text: string) =>
    completions(text).map(({ label, labelDetails }) => `${label}: ${labelDetails?.description}`);
  const losses = said(`{ "losses": [{ "type": | }] }`);
  assert.ok(losses.includes("nst: Neuron selectivity transfer"), losses.join("\n"));
  const layers = said(`{ "student": { "layers": [{ "type": | }] } }`);
  for (const row of [
    "elu: x where it is positive, alpha · (eˣ − 1) elsewhere",
    "reLU: max(0, x), at most maxValue",
  ])
    assert.ok(layers.includes(row), layers.join("\n"));
  assert.ok(said(`{ "student": { "preset": | } }`).includes("vit: Vision transformer"));
});

// Values

offers(`{ "data": { "batchSize": | } }`, "128", "64");
offers(`{ "data": { "shuffle": | } }`, "true", "false");
offers(`{ "engine": "|" }`, "auto", "onnxruntime", "tensorflow");
offers(`{ "optimizer": { "type": | } }`, "adamw", "adam", "sgd", "rmsprop", "lion", "adagrad");
offers(`{ "data": { "normalize": | } }`, "fit", `{ "scale": 0.00392156862745098 }`, "{ … }");
check(`{ "engine": "o|" }`, "onnxruntime", `{ "engine": "onnxruntime" }`);
check(`{ "engine": | "seed": 1 }`, "auto", `{ "engine": "auto", "seed": 1 }`);
check(`{ "losses": [{ "type": "kd" } | ] }`, "ce", `{ "losses": [{ "type": "kd" }, { "type": "ce" } ] }`);
check(`{ "losses": [ | { "type": "kd" }] }`, "ce", `{ "losses": [ { "type": "ce" }, { "type": "kd" }] }`);

// A type brings the keys that it must have; those that are there already stay.
check(
  `{ "data": { "train": { "type": | } } }`,
  "csv",
  `{ "data": { "train": { "type": "csv", "path": "data/iris.csv", "label": "species" } } }`,
);
check(
  `{ "data": { "train": { "type": "|", "path": "a.csv" } } }`,
  "csv",
  `{ "data": { "train": { "type": "csv", "label": "species", "path": "a.csv" } } }`,
);
check(`{ "student": { "preset": "|" } }`, "mlp", `{ "student": { "preset": "mlp", "hidden": [64] } }`);

// A text that is still open takes only its own line's beginning with it.
check(`{ "engine": "au|\n}`, "auto", `{ "engine": "auto"\n}`);
check(`{ "optimizer": { "type": "ad|`, "adam", `{ "optimizer": { "type": "adam"`, { isOpen: true });

// Sweeps: paths are those of this very experiment, each with its value of now; values are those of the place.
check(
  `{ "losses": [{ "type": "kd", "temperature": 5 }], "sweep": { "parameters": { "los|" } } }`,
  "losses[0].temperature",
  `{ "losses": [{ "type": "kd", "temperature": 5 }], "sweep": { "parameters": { "losses[0].temperature": [5] } } }`,
);
check(
  `{ "sweep": { "parameters": { "temperature": [1], | } } }`,
  "optimizer.learningRate",
  `{ "sweep": { "parameters": { "temperature": [1], "optimizer.learningRate": [0.001] } } }`,
);
offers(`{ "sweep": { "parameters": { "temperature": { "min": 1, | } } } }`, "max", "log", "integer");
offers(`{ "sweep": { "parameters": { "engine": [|] } } }`, "auto", "onnxruntime", "tensorflow");
offers(`{ "sweep": { "parameters": { "student.batch": [|] } } }`);
offers(
  `{ "sweep": { "parameters": { "optimizer.type": ["sgd", |] } } }`,
  "adamw",
  "adam",
  "sgd",
  "rmsprop",
  "lion",
  "adagrad",
);
check(
  `{ "sweep": { "parameters": { "optimizer.type": ["sgd", |] } } }`,
  "lion",
  `{ "sweep": { "parameters": { "optimizer.type": ["sgd", "lion"] } } }`,
);
const conditional = (parameters: string, conditions: string) =>
  `{ "losses": [{ "type": "kd" }], "sweep": { "parameters": { "losses[0].type": ["kd", "dkd"]${parameters} }, "conditions": { ${conditions} } } }`;
check(conditional(", |", ""), "losses[0].beta", conditional(`, "losses[0].beta": [8]`, ""));
const beta = `, "losses[0].beta": [8]`;
check(conditional(beta, "|"), "losses[0].beta", conditional(beta, `"losses[0].beta": {  }`));
check(
  conditional(beta, `"losses[0].beta": { | }`),
  "losses[0].type",
  conditional(beta, `"losses[0].beta": { "losses[0].type": [] }`),
);
offers(conditional(beta, `"losses[0].beta": { "losses[0].type": [|] }`), "kd", "dkd");
offers(conditional(beta, `"losses[0].beta": { "losses[0].type": ["kd", |] }`), "dkd");
offers(conditional(`, "losses[0].beta": [|]`, `"losses[0].beta": { "losses[0].type": ["dkd"] }`), "8");
offers(
  `{ "sweep": { "parameters": { "student": [{ "preset": "mlp", "hidden": [8] }], "alpha": { "min": 0, "max": 1 }, "temperature": [2] }, "conditions": { "temperature": { | } } } }`,
  "student",
  "student.preset",
  "alpha",
);
offers(
  `{ "sweep": { "parameters": { "alpha": { "min": 0, "max": 1 }, "temperature": [2] }, "conditions": { "temperature": { "alpha": { | } } } } }`,
  "min",
  "max",
);
test("paths of a sweep: none that is there already, none beside losses, files of the kind", () => {
  const labels = (marked: string) => completions(marked).map(({ label }) => label);
  const beside = labels(
    `{ "losses": [{ "type": "kd" }], "sweep": { "parameters": { "losses[0].weight": [1], | } } }`,
  );
  assert.ok(beside.includes("losses[0].temperature") && !beside.includes("losses[0].weight"));
  assert.ok(!beside.includes("temperature") && !beside.includes("alpha") && !beside.includes("seed"));
  const entries = [
    { name: "t.onnx", isFolder: false },
    { name: "a.txt", isFolder: false },
  ];
  const marked = `{ "teacher": { "type": "onnx", "path": "x" }, "sweep": { "parameters": { "teacher.path": ["|"] } } }`;
  assert.deepEqual(
    completions(marked, entries).map(({ label }) => label),
    ["t.onnx"],
  );
});

// Names of layers

offers(
  `{ "student": { "layers": [{ "type": "dense", "name": "a" }, { "type": "dense" }, { "type": "add", "inputs": ["a", "|"] }, { "type": "dense", "name": "later" }] } }`,
  "dense_1",
  "a",
  "input",
);

// Paths

test("modules in the experiment's folder are offered where one of one's own may stand", () => {
  const entries = [
    { name: "gate.ts", isFolder: false },
    { name: "parts", isFolder: true },
  ];
  const last = (marked: string) => completions(marked, entries).at(-1)?.label;
  assert.equal(last('{ "student": { "layers": [{ "type": "|" }] } }'), "./gate.ts");
  assert.equal(last('{ "losses": [{ "type": | }] }'), "./gate.ts");
  assert.equal(last('{ "student": { "type": "|" } }'), "./gate.ts");
  assert.notEqual(last('{ "teacher": { "type": "|" } }'), "./gate.ts");
});

test("paths: folders first, then what fits; quotes and cursor stay right", () => {
  const entries = [
    { name: "z", isFolder: true },
    { name: "t.onnx", isFolder: false },
    { name: "a.txt", isFolder: false },
    { name: ".git", isFolder: true },
    { name: 'odd"name.onnx', isFolder: false },
  ];
  const marked = `{ "teacher": { "type": "onnx", "path": "sub/|" } }`;
  assert.deepEqual(
    completions(marked, entries).map(({ label }) => label),
    ["sub/z/", 'sub/odd"name.onnx', "sub/t.onnx"],
  );
  const models = ["model.json", "other.distill.json"].map((name) => ({ name, isFolder: false }));
  assert.deepEqual(
    completions(`{ "teacher": { "type": "tfjs", "path": "|" } }`, models).map(({ label }) => label),
    ["model.json"],
    "no experiment, though it is JSON",
  );
  assert.deepEqual(
    completions(`{ "teacher": { "type": "experiment", "path": "|" } }`, models).map(({ label }) => label),
    ["other.distill.json"],
  );
  assert.equal(accept(marked, "sub/z/", entries), `{ "teacher": { "type": "onnx", "path": "sub/z/" } }`);
  assert.equal(
    accept(marked, 'sub/odd"name.onnx', entries),
    `{ "teacher": { "type": "onnx", "path": "sub/odd\\"name.onnx" } }`,
  );
  assert.equal(
    accept(`{ "teacher": { "type": "onnx", "path": | } }`, "t.onnx", entries),
    `{ "teacher": { "type": "onnx", "path": "t.onnx" } }`,
  );
});

// The whole file

test("an empty file offers complete experiments without an error", () => {
  const alone = startingPoints.filter(({ beside }) => beside === undefined);
  for (const empty of ["|", " \n|\n"]) {
    assert.deepEqual(
      completions(empty).map(({ label }) => label),
      alone.map(({ label }) => label),
    );
    // A detail stands in the line of the chosen one, in place of the end of its label.
    for (const { detail } of completions(empty)) assert.equal(detail, undefined);
  }
  for (const { label } of alone) {
    assert.deepEqual(
      checkText(accept("|", label)).filter(({ severity }) => severity === "error"),
      [],
      label,
    );
  }
});

test("from nothing to a valid experiment by completion alone", () => {
  let text = accept("{|}", "data");
  text = accept(text.replace(/\}$/, " |}"), "student");
  text = accept(text.replace(/\}$/, " |}"), "teacher");
  text = accept(text.replace(/\}$/, " |}"), "losses");
  assert.deepEqual(
    checkText(text).filter(({ severity }) => severity === "error"),
    [],
  );
});

test("every key and every variant that is offered leaves a text without a new error", () => {
  const places = [
    `{ "data": {}, "student": {}, | }`,
    `{ "data": { | } }`,
    `{ "training": { | } }`,
    `{ "losses": [ | ] }`,
    `{ "optimizer": | }`,
    `{ "schedule": | }`,
    `{ "teacher": | }`,
    `{ "student": | }`,
    `{ "student": { "layers": [ | ] } }`,
    `{ "data": { "augment": [ | ] } }`,
    `{ "data": { "train": | } }`,
  ];
  for (const place of places) {
    const errors = (text: string) =>
      checkText(text)
        .filter(({ severity, code }) => severity === "error" && code !== "missing-key")
        .map(({ code, message }) => `${code}: ${message}`);
    const before = new Set(errors(place.replace("|", "")));
    for (const { label } of completions(place)) {
      const text = accept(place, label);
      const isRule = (line: string) =>
        /^(no-teacher|early-stopping-blind|epochs-and-steps|both-forms)/.test(line);
      const fresh = errors(text).filter((line) => !before.has(line) && !isRule(line));
      const isSyntaxBefore = [...before].some((line) => line.startsWith("syntax"));
      assert.deepEqual(
        isSyntaxBefore ? fresh.filter((line) => line.startsWith("syntax")) : fresh,
        [],
        `${label}: ${text}`,
      );
    }
  }
});

// Layers that losses compare, the nearest to the output first.
const nets = `"student": { "layers": [{ "type": "dense", "units": 4, "name": "hidden" }, { "type": "dense", "units": 3 }] }, "teacher": { "type": "onnx", "path": "t.onnx" }`;
offers(`{ ${nets}, "losses": [{ "type": "hint", "student": "|" }] }`, "dense_1", "hidden");
offers(`{ ${nets}, "losses": [{ "type": "crd", "student": "|" }] }`, "dense_1", "hidden");
offers(
  `{ ${nets}, "losses": [{ "type": "crd", | }] }`,
  "student",
  "teacher",
  "negatives",
  "negativesFrom",
  "dimension",
  "temperature",
  "momentum",
  "weight",
  "name",
);
offers(`{ ${nets}, "losses": [{ "type": "crd", "negativesFrom": | }] }`, "otherClasses", "otherSamples");
offers(`{ ${nets}, "losses": [{ "type": "at", "student": ["hidden", |] }] }`, "dense_1", "hidden");
check(
  `{ ${nets}, "losses": [{ "type": "sp", "student": "hi|", "teacher": "" }] }`,
  "hidden",
  `{ ${nets}, "losses": [{ "type": "sp", "student": "hidden", "teacher": "" }] }`,
);

test("layers of a teacher's file are offered, with what is known of them", () => {
  const knowledge = knowledgeOf({ "t.onnx": { layers: [{ name: "conv" }, { name: "logits" }] } });
  const labels = (marked: string) => completions(marked, [], knowledge).map(({ label }) => label);
  assert.deepEqual(labels(`{ ${nets}, "losses": [{ "type": "vid", "teacher": | }] }`), ["logits", "conv"]);
  assert.deepEqual(labels(`{ ${nets}, "losses": [{ "type": "at", "teacher": ["|"] }] }`), ["logits", "conv"]);
});

test("of a file whose logits take several steps, the features before them are proposed", () => {
  const layers = [
    { name: "relu", type: "Relu" },
    { name: "product", type: "MatMul" },
    { name: "logits", type: "Add" },
  ];
  const [sp] = completions(
    `{ ${nets}, "losses": [{ "type": "sp|" }] }`,
    [],
    knowledgeOf({ "t.onnx": { layers } }),
  ).filter(({ label }) => label === "sp");
  assert.match(sp?.textEdit?.newText ?? "", /"student": "\$\{1:hidden\}", "teacher": "\$\{2:relu\}"/);
});

test("a layer is offered with its type and shape", () => {
  const knowledge = knowledgeOf(mnistFiles);
  const text = `{ "data": { "train": ${mnist} }, "student": { "layers": [{ "type": "conv2d", "filters": 4, "kernelSize": 3 }] }, "losses": [{ "type": "sp", "student": "|" }] }`;
  const [layer] = completions(text, [], knowledge);
  assert.equal(layer?.detail, "conv2d → [26, 26, 4]");
  assert.deepEqual(
    layer?.labelDetails,
    { description: layer.detail },
    "in each row, for a choice between them",
  );
});

// A loss that is chosen compares layers that are there.
check(
  `{ ${nets.replace(/"teacher".*/, `"teacher": { "type": "layers", "layers": [{ "type": "flatten", "name": "flat" }, { "type": "dense", "units": 3 }] }`)}, "losses": [{ "type": | }] }`,
  "pkt",
  `{ ${nets.replace(/"teacher".*/, `"teacher": { "type": "layers", "layers": [{ "type": "flatten", "name": "flat" }, { "type": "dense", "units": 3 }] }`)}, "losses": [{ "type": "pkt", "student": "hidden", "teacher": "flat" }] }`,
);
check(
  `{ ${nets}, "losses": [|] }`,
  "sp",
  `{ ${nets}, "losses": [{ "type": "sp", "student": "hidden", "teacher": "conv2" }] }`,
);

test("a column is chosen among those of the table that stands beside it", () => {
  const files = {
    "p.csv": {
      columnNames: ["age", "work"],
      columnFacts: [{ name: "age", as: "number", range: [17, 90] }],
    },
  } as const;
  const labels = (list: string) =>
    completions(
      `{ "data": { "train": { "type": "csv", "path": "p.csv", ${list} } } }`,
      [],
      knowledgeOf(files),
    ).map(({ label }) => label);
  assert.deepEqual(labels('"label": |'), ["age", "work", "[ … ]"]);
  assert.deepEqual(labels('"label": ["age", |]'), ["age", "work"]);
  assert.deepEqual(labels('"features": ["age", |]'), ["age", "work", "{ … }"]);
  assert.deepEqual(labels('"features": [{ "column": "|" }]'), ["age", "work"]);
});

test("patterns of weights: the student's parts, nearest to the output first, then each of its weights", () => {
  const knowledge = knowledgeOf({ "s.onnx": { weights: ["layer1.0.conv.weight", "fc.bias"] } });
  const labels = (rest: string) =>
    completions(`{ "student": { "model": "s.onnx", ${rest} } }`, [], knowledge).map(({ label }) => label);
  const all = ["fc.*", "layer1.0.conv.*", "layer1.0.*", "layer1.*", "fc.bias", "layer1.0.conv.weight"];
  assert.deepEqual(labels(`"trainable": ["|"]`), all);
  assert.deepEqual(labels(`"learningRates": { "|": 10 }`), all);
  assert.deepEqual(labels(`"weightDecays": { | }`), all);
});

test("whose weights those of a file are: layers with their modules, and what the file has", () => {
  const files = {
    t: { count: 4, shape: [3], classes: 2 },
    w: {
      tensors: [
        { name: "fc.weight", shape: [2, 3] },
        { name: "fc.bias", shape: [2] },
      ],
    },
  };
  const texts = (names: string) =>
    completions(
      `{ "data": { "train": { "type": "csv", "path": "t", "label": "y" } }, "student": { "layers": [{ "type": "dense", "units": 2 }], "weights": "w", "weightNames": { ${names} } } }`,
      [],
      knowledgeOf(files),
    ).map(({ textEdit }) => textEdit?.newText);
  const rest = ['"dense_1.kernel": ""', '"dense_1.bias": ""'];
  assert.deepEqual(texts("|"), ['"dense_1": "fc"', ...rest]);
  assert.deepEqual(texts('"dense_1": "|"'), ['"fc"', '"fc.weight"', '"fc.bias"']);
});

test("inputs of the teacher's model that nothing is said of, each with what it is probably fed", () => {
  const port = (name: string) => ({ name, shape: [-1, 16], dtype: "int64" });
  const files = { t: { inputs: [port("input_ids"), port("attention_mask"), port("token_type_ids")] } };
  const found = completions(
    `{ "teacher": { "type": "onnx", "path": "t", "inputs": { "input_ids": "tokens", | } } }`,
    [],
    knowledgeOf(files),
  );
  assert.deepEqual(
    found.map(({ label, textEdit }) => [label, textEdit?.newText]),
    [
      ["attention_mask", '"attention_mask": "mask"'],
      ["token_type_ids", '"token_type_ids": "types"'],
    ],
  );
});
