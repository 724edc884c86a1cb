import type { Experiment } from "../../schemas/experiment.gen.ts";
import { knownDataOf } from "../dataKnowledge.ts";
import { namesEngine, readEngineFacts, readMachineFacts } from "../engineFacts.ts";
import { knowledgeOf } from "../fileKnowledge.ts";
import { flopsCounter } from "../flopsCounter.ts";
import { checkParsed, type Diagnostic } from "../language/check.ts";
import { dataNote } from "../language/dataNote.ts";
import { modelOf, type OtherFacts } from "../language/model/model.ts";
import { dataOf, parse } from "../language/parse.ts";
import { type StudentBudget, studentBudget } from "../language/studentBudget.ts";
import { withTask } from "../language/task.ts";

export interface CheckedText {
  readonly diagnostics: readonly Diagnostic[];
  readonly offsetOf: (diagnostic: Diagnostic) => number;
  /** A note on the samples' memory, if it is large. */
  readonly note?: string;
  /** Only valid where no diagnostic is an error. */
  readonly experiment: Experiment;
  /** Which combinations of its sweep are within the sweep's budget; absent: there is none. */
  readonly budget?: Pick<StudentBudget, "fits" | "refused">;
}

/**
 * Checks an experiment's text together with the files that it names; relative paths start from `baseDirectory`.
 * @param executor where the runs of a sweep are to train; absent: here
 */
export async function checkFile(
  text: string,
  baseDirectory: string,
  { executor }: Pick<OtherFacts, "executor"> = {},
): Promise<CheckedText> {
  const parsed = parse(text);
  const reading = knownDataOf(parsed, baseDirectory);
  const [knowledge, knownData, machine, engines, countFlops] = await Promise.all([
    knowledgeOf(parsed, baseDirectory, reading),
    reading,
    readMachineFacts(),
    namesEngine(parsed.root) ? readEngineFacts() : undefined,
    flopsCounter(parsed.root),
  ]);
  const budget = studentBudget(parsed, knowledge, { knownData, machine, countFlops });
  const note = dataNote(parsed, { knowledge, machine });
  return {
    diagnostics: checkParsed(parsed, {
      knowledge,
      knownData,
      machine,
      countFlops,
      executor,
      isThorough: true,
      ...(engines && { engines }),
    }),
    ...(note === undefined ? {} : { note }),
    ...(budget && { budget }),
    offsetOf: ({ range }) => parsed.document.offsetAt(range.start),
    experiment: withTask(dataOf(parsed.root) as Experiment, modelOf(parsed, knowledge)?.task),
  };
}
