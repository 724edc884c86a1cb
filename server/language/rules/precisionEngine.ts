import { error, fix, replace } from "../finding.ts";
import { textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Only TensorFlow multiplies in bfloat16: with another engine or device the run would not start. */
export const precisionEngine: Rule = {
  code: "precision-engine",
  *check({ at }) {
    if (textOf(at("training", "precision")) !== "bfloat16") return;
    const [engine, device] = [at("engine"), at("device")];
    if (engine && textOf(engine) === "onnxruntime")
      yield error(
        engine,
        "onnxruntime does not multiply in bfloat16, which training.precision requires: the run would not start.",
        fix("Change to tensorflow", replace(engine, '"tensorflow"')),
      );
    if (device && textOf(device) === "webgpu")
      yield error(
        device,
        "WebGPU does not multiply in bfloat16, which training.precision requires: the run would not start.",
        fix("Change to auto", replace(device, '"auto"')),
      );
  },
};
