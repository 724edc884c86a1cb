import type { Graph } from "../graph.ts";
import { activations } from "./activations.ts";
import { aliases } from "./aliases.ts";
import { broadcasts } from "./broadcasts.ts";
import { foldScalars } from "./foldScalars.ts";
import { rewrite } from "./rewrite.ts";

/** What every lowering starts from: the traced graph without detours. */
export const optimise = (graph: Graph): Graph =>
  rewrite(graph, [...aliases, ...foldScalars, ...broadcasts, ...activations]);
