import type { Node } from "jsonc-parser";
import { defaults } from "../../../schemas/defaults.ts";
import { tooLittleMemory } from "../../nets/memory.ts";
import type { PlannedLayer } from "../../nets/shapes.ts";
import type { MachineFacts } from "../facts.ts";
import { error, fix, replace } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { NetModel } from "../model/net.ts";
import { countOf, member, textOf } from "../model/values.ts";
import { variantOf } from "../schema/union.ts";
import type { Rule } from "./rule.ts";

/** A net or a batch that cannot fit into the machine's memory on any engine. */
export const memory: Rule = {
  code: "out-of-memory",
  *check(model) {
    const { at, machine, data, teacher, student, stages } = model;
    if (machine === undefined || mayBeOnDevice(at("device"), machine)) return;
    const training = at("teacher", "train");
    for (const [whose, net, optimizers] of [
      ["teacher", teacher, [member(training, "optimizer")]],
      ["student", student, stages.map((stage) => stage.at("optimizer"))],
    ] as const) {
      if (net?.plan?.problems.length !== 0) continue;
      const layers = net.plan.layers.filter((layer) => layer !== undefined);
      const own = whose === "teacher" ? member(training, "batchSize") : undefined;
      const batch = own ?? at("data", "batchSize");
      const source = net.source ?? data.train;
      if (!source?.shape) continue;
      const count = net.source ? source.count : data.trainCount;
      const found = tooLittleMemory(
        whose,
        {
          layers,
          inputShape: source.shape,
          batchSize: Math.min(countOf(own) ?? data.batchSize, count ?? 1),
          slots: Math.max(...optimizers.map((optimizer) => slotsOf(textOf(member(optimizer, "type"))))),
        },
        machine.memory,
      );
      if (found === undefined) continue;
      const { message, hint, batchSize } = found;
      const fixes =
        batchSize && batch ? [fix(`Change to ${batchSize}`, replace(batch, String(batchSize)))] : [];
      yield error(batchSize && batch ? batch : placeOf(net, layers), `${message} ${hint}`, ...fixes);
    }
  },
};

/** A device has a memory of its own, which is not known here. */
function mayBeOnDevice(node: Node | undefined, { hasGpuEngine }: MachineFacts): boolean {
  const device = textOf(node);
  return device === undefined || device === "auto" ? hasGpuEngine : device !== "cpu";
}

function placeOf({ node, layers }: NetModel, planned: readonly PlannedLayer[]) {
  const counts = planned.map(({ parameterCount }) => parameterCount);
  const largest = layers[counts.indexOf(Math.max(...counts))];
  return member(largest, "units") ?? largest ?? headOf(node);
}

/** Of the file's optimizer, else the default. */
const slotsOf = (type = defaults.optimizer): number => variantOf("Optimizer", type)?.slots ?? 0;
