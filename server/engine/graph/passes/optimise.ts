import type { Graph } from "../graph.ts";
import { activations } from "./activations.ts";
import { aliases } from "./aliases.ts";
import { attention } from "./attention.ts";
import { broadcasts } from "./broadcasts.ts";
import { foldScalars } from "./foldScalars.ts";
import { rewrite } from "./rewrite.ts";

/** Every lowering starts from this: the traced graph, simplified. */
export const optimise = (graph: Graph): Graph =>
  rewrite(graph, [...aliases, ...foldScalars, ...broadcasts, ...activations, ...attention]);
