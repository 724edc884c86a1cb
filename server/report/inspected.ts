import { type CountedCell, cellWords, telling } from "../inspection/cells.ts";
import { openInspection } from "../inspection/openInspection.ts";
import { orderWords, sampleSets } from "../inspection/sampleSets.ts";
import type { InspectedSample, InspectOverview, InspectQuery, SampleSet } from "../protocol.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";

/** Samples that a report shows, with the networks' predictions. */
export interface InspectedReport {
  readonly overview: InspectOverview;
  readonly lists: readonly SampleList[];
  /** Of cells of what stands above the samples. */
  readonly cells: readonly (SampleList & CountedCell)[];
  /** Why the samples themselves cannot be shown. */
  readonly note?: string;
}

export interface SampleList {
  readonly title: string;
  readonly total: number;
  readonly samples: readonly InspectedSample[];
}

/** Samples of a list, and of how many cells of what stands above them. */
interface Sizes {
  readonly set: number;
  readonly cell: number;
  readonly cells: number;
}

/** Throws a RunError as `openInspection` does. */
export async function readInspected(
  run: RunDirectory,
  { set, cell, cells }: Sizes,
): Promise<InspectedReport> {
  const { overview, page, samples } = await openInspection(run);
  const { note } = await samples;
  const shown = (query: Partial<InspectQuery>, count: number) =>
    page({ request: 0, show: "all", order: "sure", from: 0, count, ...query });
  const lists: SampleList[] = [];
  for (const [show, { words, order }] of entriesOf(sampleSets[overview.task])) {
    if (!overview.sets[show] || (show === "all" && overview.sets.wrong !== undefined)) continue;
    const title = show === "all" ? `${words}, ${orderWords[order]}` : words;
    lists.push({ title, ...(await shown({ show, order }, set)) });
  }
  const order = overview.orders.includes("sure") ? "sure" : "worst";
  const ofCells: InspectedReport["cells"][number][] = [];
  for (const counted of telling(overview).slice(0, cells)) {
    const { cell: own, output } = counted;
    const found = await shown({ cell: own, order, ...(output === undefined ? {} : { output }) }, cell);
    ofCells.push({ ...counted, title: cellWords(overview, own, output), ...found });
  }
  return { overview, lists, cells: ofCells, ...(note === undefined ? {} : { note }) };
}

const entriesOf = <V>(sets: Readonly<Partial<Record<SampleSet, V>>>) =>
  Object.entries(sets) as [SampleSet, V][];
