import { check, mnist } from "../../../test/support/checkRule.ts";
import { softnessOf } from "../../statistics/softness.ts";
import { teachingOf } from "../teaching.ts";
import { temperatureLow } from "./temperatureLow.ts";
import { temperatureOne } from "./temperatureOne.ts";

const data = { train: JSON.parse(mnist) };
const teacher = { type: "onnx", path: "t.onnx" };
const softness = softnessOf(Float32Array.of(12, 0, 0), 3);
const lastRun = {
  uri: "file:///a.distill.json",
  directory: "/runs/1",
  teaching: teachingOf({ data, teacher }) as string,
  warnings: [],
  softness,
};
const text = (temperature: string, path = "t.onnx") =>
  `{ "data": ${JSON.stringify(data)}, "teacher": { "type": "onnx", "path": "${path}" }, "temperature": ${temperature} }`;

check(temperatureLow, text("▸1◂"), {
  lastRun,
  severity: "warning",
  message: /nearly one-hot/,
  fixed: '"temperature": 4',
});
check(temperatureOne, text("1"), { lastRun });
check(temperatureLow, text("4"), { lastRun });
// Of another teacher the run says nothing.
check(temperatureLow, text("1", "other.onnx"), { lastRun });
