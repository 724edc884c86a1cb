import { check } from "../../../test/support/checkRule.ts";
import { softmaxOutput } from "./softmaxOutput.ts";

check(
  softmaxOutput,
  `{ "student": { "layers": [{ "type": "dense", "units": 10, "activation": ▸"softmax"◂ }] } }`,
  {
    fixed: `"activation": "linear"`,
    severity: "warning",
  },
);
check(
  softmaxOutput,
  `{ "student": { "layers": [{ "type": "dense", "units": 10 }, { "type": ▸"softmax"◂ }] } }`,
  {
    fixed: `"layers": [{ "type": "dense", "units": 10 }] }`,
  },
);
check(
  softmaxOutput,
  `{ "student": { "layers": [{ "type": "dense", "units": 10 }, { "type": "activation", "activation": ▸"softmax"◂ }] } }`,
  {
    fixed: `"layers": [{ "type": "dense", "units": 10 }] }`,
  },
);
check(softmaxOutput, `{ "teacher": { "layers": [{ "type": "dense", "activation": ▸"softmax"◂ }] } }`, {
  message: /^The teacher's last layer/,
});
check(softmaxOutput, `{ "student": { "layers": [{ "type": ▸"softmax"◂ }] } }`, {
  message: /^The student's last layer/,
  fixes: ["Remove the layer"],
});
check(softmaxOutput, `{ "student": { "layers": [] }, "teacher": { "layers": [{ "units": 3 }] } }`);
check(
  softmaxOutput,
  `{ "teacher": { "layers": [{ "type": "dense", "activation": "softmax" }], "outputs": "probabilities" } }`,
);
check(
  softmaxOutput,
  `{ "student": { "layers": [{ "type": "softmax" }, { "type": "dense", "units": 10 }] } }`,
);
