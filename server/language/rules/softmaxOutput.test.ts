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

// A model from a file: an export of ours says what it gives, and is taken without what was put behind it.
const start = (path: string) => `{ "student": { "model": ${path} } }`;
const models = {
  "keras.json": { endsInSoftmax: true },
  "own.json": { endsInSoftmax: true, card: { output: "probabilities" } },
  "logits.json": { endsInSoftmax: false },
} as const;
check(softmaxOutput, start(`▸"keras.json"◂`), {
  files: models,
  severity: "warning",
  message: /^The student's model ends in a softmax, which is dropped: /,
});
check(softmaxOutput, start(`"own.json"`), { files: models });
check(softmaxOutput, start(`"logits.json"`), { files: models });
