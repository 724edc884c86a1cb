import type { Node } from "jsonc-parser";
import type { CountFlops } from "./language/facts.ts";
import { nodeAt } from "./language/parse.ts";

/** Counts as the engine does. Undefined where no budget asks for it: the engine's modules take most of the time of a check. */
export async function flopsCounter(root: Node | undefined): Promise<CountFlops | undefined> {
  if (nodeAt(root, ["sweep", "budget", "flops"]) === undefined) return undefined;
  const [{ buildNet }, { predictionFlops }] = await Promise.all([
    import("./engine/nets/net.ts"),
    import("./engine/train/predictionCost.ts"),
  ]);
  return (layers, shape) => {
    const net = buildNet(layers, shape);
    return "problems" in net ? undefined : predictionFlops(net);
  };
}
