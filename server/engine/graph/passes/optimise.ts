import type { Graph, Pass } from "../graph.ts";
import { aliases } from "./aliases.ts";
import { broadcasts } from "./broadcasts.ts";
import { commonSubexpressions } from "./commonSubexpressions.ts";
import { deadCode } from "./deadCode.ts";
import { foldScalars } from "./foldScalars.ts";
import { logSoftmax } from "./logSoftmax.ts";
import { softmaxOfLog } from "./softmaxOfLog.ts";
import { stepOfRelu } from "./stepOfRelu.ts";

/** What every layout starts from: the traced graph without detours. Each pass sees what the earlier ones left. */
const passes: readonly Pass[] = [
  deadCode,
  aliases,
  foldScalars,
  broadcasts,
  aliases, // a broadcast to the shape it has already
  foldScalars,
  commonSubexpressions,
  logSoftmax,
  softmaxOfLog,
  stepOfRelu,
  deadCode,
];

export function optimise(graph: Graph): Graph {
  return passes.reduce((current, pass) => pass(current), graph);
}
