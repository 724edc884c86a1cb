import { knownDataOf } from "../dataKnowledge.ts";
import { dataSpecs } from "../language/dataSpec.ts";
import { parse } from "../language/parse.ts";
import type { Part } from "./experimentText.ts";

/** How many classes from 0 on no training sample has, where all others have some: numbers below the least label. 0 where files are large. */
export async function classesBelow(
  data: Readonly<Partial<Record<string, Part>>>,
  folder: string,
): Promise<number> {
  const parsed = parse(JSON.stringify({ data }));
  const [spec] = dataSpecs(parsed);
  const counts = spec && (await knownDataOf(parsed, folder))(spec)?.facts?.classCounts;
  const least = counts?.findIndex((count) => count > 0) ?? -1;
  return least > 0 && counts?.slice(least).every((count) => count > 0) ? least : 0;
}
