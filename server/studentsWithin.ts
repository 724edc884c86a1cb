import type { Experiment } from "../schemas/experiment.gen.ts";
import { knownDataOf } from "./dataKnowledge.ts";
import { knowledgeOf } from "./fileKnowledge.ts";
import { flopsCounter } from "./flopsCounter.ts";
import { parse } from "./language/parse.ts";
import { type StudentBudget, studentBudget } from "./language/studentBudget.ts";

/**
 * What the students of a sweep may cost, and what each costs; undefined where there is no budget.
 * @param baseDirectory where relative paths start
 */
export async function studentsWithin(
  experiment: Experiment,
  baseDirectory: string,
): Promise<StudentBudget | undefined> {
  if (experiment.sweep?.budget === undefined) return undefined;
  const parsed = parse(JSON.stringify(experiment));
  const reading = knownDataOf(parsed, baseDirectory);
  const [knowledge, knownData, countFlops] = await Promise.all([
    knowledgeOf(parsed, baseDirectory, reading),
    reading,
    flopsCounter(parsed.root),
  ]);
  return studentBudget(parsed, knowledge, { knownData, countFlops });
}
