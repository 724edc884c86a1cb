import { matches } from "../../nets/weightPatterns.ts";
import type { Net } from "./net.ts";

/** The net of which only the weights that a pattern matches are trained; the averages of its other norms are held. */
export function partlyTrained(net: Net, patterns: readonly string[] | undefined): Net {
  if (patterns === undefined) return net;
  const isMatched = (name: string) => patterns.some((pattern) => matches(pattern, name));
  const entries = Object.entries(net.parameters);
  const frozenAverages = new Set(
    entries.flatMap(([name, { role }]) => (role === "average" && !isMatched(name) ? [name] : [])),
  );
  return {
    ...net,
    parameters: Object.fromEntries(
      entries.map(([name, parameter]) => [
        name,
        { ...parameter, trainable: parameter.trainable && isMatched(name) },
      ]),
    ),
    apply: (weights, x, mode) => net.apply(weights, x, mode.training ? { ...mode, frozenAverages } : mode),
  };
}
