import type { Experiment } from "../schemas/experiment.gen.ts";
import { knownDataOf } from "./dataKnowledge.ts";
import { knowledgeOf } from "./fileKnowledge.ts";
import { flopsCounter } from "./flopsCounter.ts";
import { parse } from "./language/parse.ts";
import { studentBudget } from "./language/studentBudget.ts";
import type { Settings } from "./sweep/expand.ts";

/**
 * Whether the student of a combination is within the budget of its sweep; undefined where there is none.
 * @param baseDirectory where relative paths start
 */
export async function studentsWithin(
  experiment: Experiment,
  baseDirectory: string,
): Promise<((point: Settings) => boolean) | undefined> {
  if (experiment.sweep?.budget === undefined) return undefined;
  const parsed = parse(JSON.stringify(experiment));
  const reading = knownDataOf(parsed, baseDirectory);
  const [knowledge, knownData, countFlops] = await Promise.all([
    knowledgeOf(parsed, baseDirectory, reading),
    reading,
    flopsCounter(parsed.root),
  ]);
  return studentBudget(parsed, knowledge, { knownData, countFlops })?.fits;
}
