import type { Graph } from "../graph.ts";
import { lowerPlain } from "../plain.ts";
import type { Lowered, LowerProgram } from "../slots.ts";
import { lowerBlocked } from "./blocked/lowerBlocked.ts";
import { chooseForm, hasLargeTensors, type Obstacles, type ProgramForm } from "./choose.ts";
import { lowerBatchInnermost } from "./innermost/lowerBatchInnermost.ts";

export const lowerings: Readonly<Record<ProgramForm, LowerProgram>> = {
  "batch-innermost": lowerBatchInnermost,
  blocked: lowerBlocked,
  plain: lowerPlain,
};

/** Lowers a program in the form that suits its net; the same program always gets the same one on the same machine. */
export function lowerProgram(graphs: readonly Graph[], obstacles: Obstacles = {}): Lowered {
  const { form, reason } = chooseForm(graphs, obstacles);
  return { ...lowerings[form](graphs), reason, largeTensors: hasLargeTensors(graphs) };
}
