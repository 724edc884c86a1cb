import { dirname, resolve } from "node:path";
import { buildNet, type Net } from "../engine/nets/net.ts";
import { ownNet } from "../engine/nets/ownNet.ts";
import { moduleProblemOf } from "../engine/train/lossTrial.ts";
import { predictionFlops } from "../engine/train/predictionCost.ts";
import { unsupported } from "../engine/train/trainable.ts";
import { int8BytesOf } from "../nets/int8Bytes.ts";
import { ownStudent } from "../nets/ownStudents.ts";
import { layerShapes } from "../nets/shapes.ts";
import type { ExaminedNet, NetQuery } from "./examined.ts";
import type { ModuleProblem } from "./moduleProblem.ts";
import { openModules } from "./openModules.ts";

/**
 * Follows the shapes of a net through its modules and compiles it with its gradients, in the process that examines it.
 * @param folder the experiment's, from which the paths of modules start
 */
export async function examineNet({ net, input, outputs }: NetQuery, folder: string): Promise<ExaminedNet> {
  const opened = await openModules(net, folder);
  if ("problem" in opened) return { files: [], problem: opened.problem as ModuleProblem };
  const files = Object.entries(opened.modules).flatMap(([path, module]) =>
    module.files.map((file) => resolve(dirname(resolve(folder, path)), file.path)),
  );
  if ("layers" in net) {
    const plan = layerShapes(net.layers, input);
    const built = plan.problems.length === 0 ? buildNet(net.layers, input) : undefined;
    return { files, plan, ...(built && !("problems" in built) ? soundness(built) : {}) };
  }
  const { type, ...given } = net.student;
  const own = ownStudent(type);
  if (own === undefined) return { files };
  try {
    const student = ownNet(own, given, { input, outputs });
    return {
      files,
      taps: student.layers.map(({ name, outputShape }) => ({ name, shape: outputShape })),
      weights: Object.keys(student.parameters),
      averages: Object.entries(student.parameters).flatMap(([name, { role }]) =>
        role === "average" ? [name] : [],
      ),
      parameters: student.parameterCount,
      int8Bytes: int8BytesOf(student),
      ...soundness(student),
    };
  } catch (error) {
    return { files, problem: moduleProblemOf(error, `The student ${type}`) as ModuleProblem };
  }
}

/** Of the trainer's own trial only what modules are at fault for: of the rest the rules tell. */
function soundness(net: Net): Pick<ExaminedNet, "problem" | "flops"> {
  const found = unsupported("student", net, "trained")?.problem;
  return found === undefined ? { flops: predictionFlops(net) } : { problem: found as ModuleProblem };
}
