import { lowerBatchInnermost } from "./layouts/batchInnermost.ts";
import { chooseForm, type Form } from "./layouts/choose.ts";
import { lowerPlain } from "./plain.ts";
import type { LowerProgram } from "./slots.ts";

const forms: Readonly<Record<Form, LowerProgram>> = {
  "batch-innermost": lowerBatchInnermost,
  plain: lowerPlain,
};

/** Lowers a program in the form that suits its net. */
export const lower: LowerProgram = (graphs) => forms[chooseForm(graphs).form](graphs);
