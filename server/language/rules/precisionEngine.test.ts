import { check } from "../../../test/support/checkRule.ts";
import { precisionEngine } from "./precisionEngine.ts";

check(precisionEngine, `{ "training": { "precision": "bfloat16" }, "engine": ▸"onnxruntime"◂ }`, {
  message: /onnxruntime does not multiply in bfloat16/,
  severity: "error",
  fixed: `"engine": "tensorflow"`,
});
check(precisionEngine, `{ "training": { "precision": "bfloat16" }, "device": ▸"webgpu"◂ }`, {
  severity: "error",
  fixed: `"device": "auto"`,
});
check(precisionEngine, `{ "training": { "precision": "bfloat16" }, "engine": "tensorflow" }`);
check(precisionEngine, `{ "training": { "precision": "bfloat16" } }`);
check(precisionEngine, `{ "training": { "precision": "float32" }, "engine": "onnxruntime" }`);
