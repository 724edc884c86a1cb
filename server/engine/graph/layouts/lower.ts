import { lowerPlain } from "../plain.ts";
import type { LowerProgram } from "../slots.ts";
import { lowerBatchInnermost } from "./batchInnermost.ts";
import { chooseForm, hasLargeTensors, type ProgramForm } from "./choose.ts";

/** A blocked form for large maps has its place here. */
const lowerings: Readonly<Record<ProgramForm, LowerProgram>> = {
  "batch-innermost": lowerBatchInnermost,
  plain: lowerPlain,
};

/** Lowers a program in the form that suits its net; the same program always gets the same one. */
export const lowerProgram: LowerProgram = (graphs) => {
  const { form, reason } = chooseForm(graphs);
  return { ...lowerings[form](graphs), reason, largeTensors: hasLargeTensors(graphs) };
};
