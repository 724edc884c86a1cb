import { fix, replace, warning } from "../finding.ts";
import { textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A device that the chosen engine does not support: the run would not start. */
export const engineDevice: Rule = {
  code: "engine-device",
  *check({ at }) {
    const [engine, device] = [at("engine"), at("device")];
    if (!engine || !device) return;
    const [named, place] = [textOf(engine), String(device.value)];
    const toAuto = fix('Change the device to "auto"', replace(device, '"auto"'));
    if (named === "tensorflow" && place === "webgpu")
      yield warning(
        device,
        "TensorFlow trains on the CPU and on NVIDIA cards, not on WebGPU: the run would not start.",
        fix("Change the engine to onnxruntime", replace(engine, '"onnxruntime"')),
        toAuto,
      );
    if (named === "onnxruntime" && /^gpu(:|$)/.test(place))
      yield warning(
        device,
        "onnxruntime trains on the CPU or WebGPU, not on NVIDIA's own driver: the run would not start.",
        fix("Change the engine to tensorflow", replace(engine, '"tensorflow"')),
        toAuto,
      );
  },
};
