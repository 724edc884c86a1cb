import type { ResolvedData } from "../../../schemas/resolvedExperiment.gen.ts";
import { changes, type Provenance } from "../../data/provenance.ts";
import type { Samples } from "../../data/samples.ts";
import { type PrepareOptions, prepareData } from "./prepare.ts";

/** The training samples of a run, read anew; undefined where the files do not hold any more what it recorded of them. */
export async function recordedSamples(
  data: ResolvedData,
  recorded: Provenance["data"],
  options: PrepareOptions,
): Promise<Samples | undefined> {
  if (recorded === undefined) return undefined;
  const read = await prepareData(data, options);
  const isSame = !("problem" in read) && changes({ data: recorded }, { data: read.records }).length === 0;
  return isSame ? read.train : undefined;
}
