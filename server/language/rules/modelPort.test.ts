import { check } from "../../../test/support/checkRule.ts";
import { modelPort } from "./modelPort.ts";

const teacher = (rest: string) => `{ "teacher": { "type": "onnx", "path": "t.onnx", ${rest} } }`;
const port = (name: string, dtype: string) => ({ name, dtype, shape: [-1, 10] });
const files = {
  "t.onnx": {
    inputs: [port("image", "float32")],
    outputs: [port("label", "int64"), port("logits", "float32")],
  },
};

check(modelPort, teacher(`"output": ▸"logit"◂`), {
  files,
  message: /no output "logit"\. Its outputs are "label" \(int64\), "logits" \(float32\)/,
  fixed: `"output": "logits"`,
  severity: "error",
});
check(modelPort, teacher(`"input": ▸"x"◂`), { files, fixed: `"input": "image"` });
check(modelPort, teacher(`"output": ▸"text"◂`), {
  files: { "t.onnx": { outputs: [port("text", "string")] } },
  message: /has the type string; expected numbers/,
});
check(modelPort, teacher(`"inputs": { ▸"img"◂: "sample" }`), {
  files,
  message: /no input "img"\. Its inputs are "image" \(float32\)/,
  fixed: `"inputs": { "image": "sample" }`,
});
check(modelPort, teacher(`"input": "image", "output": "logits"`), { files });
check(modelPort, teacher(`"output": "z"`));
check(modelPort, teacher(`"output": "y"`), {
  files: { "t.onnx": { outputs: [{ name: "y", shape: [-1, 10] }] } },
});

// One number a sample is no score of a class, asked for or found; one of a fixed size is a row without a batch.
const single = { "t.onnx": { scores: "y", outputs: [{ name: "y", dtype: "float32", shape: [-1] }] } };
check(modelPort, teacher(`"output": ▸"y"◂`), { files: single, message: /^The output "y" gives one number/ });
check(modelPort, `{ "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  files: single,
  message: /expected one number per class\..* The outputs are "y" \(float32\)\.$/,
  severity: "error",
});
check(modelPort, `{ "teacher": { "type": "tfjs", "path": "t.onnx" } }`, { files: single });
check(modelPort, `{ "teacher": { "type": "onnx", "path": "t.onnx" } }`, {
  files: { "t.onnx": { scores: "y", outputs: [{ name: "y", dtype: "float32", shape: [3] }] } },
});

// Of several labels, forests give a pair a label.
const pairs = { "t.onnx": { scores: "y", outputs: [{ name: "y", dtype: "float32", shape: [3, -1, 2] }] } };
check(modelPort, `{ "task": "multiLabel", "teacher": { "type": "onnx", "path": "t.onnx" } }`, {
  files: pairs,
});
check(modelPort, `{ "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  files: pairs,
  message: /gives \[3, any, 2\]; expected \[batch, classes\]/,
});

// Of a regression it is the number.
check(modelPort, `{ "task": "regression", "teacher": { "type": "onnx", "path": "t.onnx" } }`, {
  files: single,
});

// Outputs, none of which can be a score.
const onnx = (path: string, rest = "") => `{ "teacher": { "type": "onnx", "path": ${path}${rest} } }`;
const giving = (...dtypes: string[]) => ({
  "t.onnx": { outputs: dtypes.map((dtype, index) => port(`y${index}`, dtype)) },
});
check(modelPort, onnx(`▸"t.onnx"◂`), {
  files: { "t.onnx": { outputs: [{ ...port("y0", "int64"), shape: [-1] }, port("y1", "string")] } },
  message:
    /^The teacher has no output with a number for each class\. Its outputs are "y0" \(int64\), "y1" \(string\)\.$/,
  severity: "error",
});
check(modelPort, onnx(`▸"t.onnx"◂`), {
  files: giving("bfloat16"),
  message: /"y0" \(bfloat16\)\. Export it in float32: model\.float\(\) in PyTorch\.$/,
});
check(modelPort, onnx(`"t.onnx"`), { files: giving("int64", "float16") });
check(modelPort, onnx(`"t.onnx"`), { files: giving("unknown") });
check(modelPort, onnx(`"t.onnx"`), { files: giving() });
check(modelPort, onnx(`"t.onnx"`, `, "output": "y0"`), { files: giving("int64") });
check(modelPort, `{ "teacher": { "type": "tfjs", "path": "t.onnx" } }`, { files: giving("int32") });
// What an input is made of is another rule's.
check(modelPort, onnx(`"t.onnx"`, `, "input": "x"`), {
  files: { "t.onnx": { inputs: [port("x", "int64")] } },
});
check(modelPort, onnx(`"t.onnx"`, `, "input": 0`), { files });

// The only name that there is, is meant; of several that are unlike it none is.
const unlike = { "t.onnx": { outputs: [{ name: "a", shape: [-1] }, port("b", "float32")] } };
check(modelPort, onnx(`"t.onnx"`, `, "output": ▸"scores"◂`), {
  files: unlike,
  message: /^The teacher has no output "scores"\. Its outputs are "a", "b" \(float32\)\.$/,
  fixes: [],
});
const many = { "t.onnx": { inputs: Array.from({ length: 13 }, (_, index) => port(`x${index}`, "float32")) } };
check(modelPort, onnx(`"t.onnx"`, `, "input": ▸"image"◂`), { files: many, message: /"x11" \(float32\)\.$/ });

// Nothing is known of the model, or there is none.
for (const nothing of [{}, { "t.onnx": "No such file." }])
  check(modelPort, onnx(`"t.onnx"`, `, "input": "x"`), { files: nothing });
check(modelPort, `{ "teacher": { "type": "layers", "layers": [] } }`);
check(modelPort, `{}`);
