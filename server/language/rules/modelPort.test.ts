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
check(modelPort, teacher(`"output": ▸"label"◂`), { files, message: /has the type int64; floating-point/ });
check(modelPort, teacher(`"input": "image", "output": "logits"`), { files });
check(modelPort, teacher(`"output": "z"`));
check(modelPort, teacher(`"output": "y"`), {
  files: { "t.onnx": { outputs: [{ name: "y", shape: [-1] }] } },
});
