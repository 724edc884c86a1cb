import { command } from "../../protocol.ts";
import type { EngineFacts } from "../facts.ts";
import { fix, fixBy, replace, type Uncoded, warning } from "../finding.ts";
import { textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** An engine that is not installed on this machine, and a card without an engine. Other machines may have it. */
export const engineMissing: Rule = {
  code: "engine-missing",
  *check({ at, engines, files }): Iterable<Uncoded> {
    if (!engines) return;
    if (engines.tensorflow.length === 0)
      for (const { reference } of files.filter(({ reference }) => reference.kind === "model-folder"))
        yield warning(
          reference.node,
          "TensorFlow is not installed on this machine, and it runs a SavedModel: a run would not start here.",
          install("cpu"),
        );
    const engine = at("engine");
    const device = at("device");
    const named = textOf(engine);
    const place = textOf(device);
    const wantsCard = place?.startsWith("gpu") === true;
    const { card } = engines;
    const precision = at("training", "precision");
    if (precision && textOf(precision) === "bfloat16" && named !== "tensorflow" && named !== "onnxruntime") {
      if (engines.tensorflow.length > 0) return;
      yield warning(
        precision,
        "TensorFlow is not installed on this machine, and no other engine multiplies in bfloat16: a run would not start here.",
        install(card !== undefined && place !== "cpu" ? "gpu" : "cpu"),
        fix(`Change to "float32"`, replace(precision, `"float32"`)),
      );
      return;
    }
    if (named === "tensorflow" && engine && engines.tensorflow.length === 0) {
      yield warning(
        engine,
        "TensorFlow is not installed on this machine: a run would not start here.",
        install(wantsCard || (card !== undefined && place !== "cpu") ? "gpu" : "cpu"),
        fix(`Change to "auto"`, replace(engine, `"auto"`)),
      );
    } else if (card !== undefined && named !== "onnxruntime" && !engines.tensorflow.includes("gpu")) {
      if (wantsCard && device) {
        yield warning(
          device,
          `The engine for ${card} is not installed on this machine: a run would not start here.`,
          install("gpu"),
          fix(`Change to "auto"`, replace(device, `"auto"`)),
        );
      } else if (place !== "cpu" && place !== "webgpu" && named !== undefined && engine) {
        yield warning(
          engine,
          `This machine has a card, ${card}, and no engine for it: a run would train on the CPU.`,
          install("gpu"),
        );
      }
    }
  },
};

const install = (kind: EngineFacts["tensorflow"][number]) =>
  fixBy(
    `Install the TensorFlow engine${kind === "gpu" ? " for NVIDIA cards" : ""}`,
    command.installEngine,
    kind,
  );
