import type { TimingAnswer, TimingRequest } from "../../netTiming.ts";
import { openEngine } from "../native/openEngine.ts";
import { buildNet } from "../nets/net.ts";
import { costOfNet } from "./predictionCost.ts";

/** Times nets by the measure of a run's summary. Their weights are fresh: the time of a prediction does not depend on them. */
export async function timeNets({ engine, threads, nets }: TimingRequest): Promise<TimingAnswer> {
  const opened = await openEngine(engine);
  if ("problem" in opened) return opened;
  const ms: (number | null)[] = [];
  for (const { layers, shape } of nets) {
    const net = buildNet(layers, shape);
    const cost = "problems" in net ? undefined : await costOfNet(net, net.initial(0), { ...opened, threads });
    ms.push(cost?.p50Ms ?? null);
  }
  return { ms };
}
