import { openInspection } from "../inspection/openInspection.ts";
import { orderWords, sampleSets } from "../inspection/sampleSets.ts";
import type { InspectedSample, InspectOverview, InspectQuery, SampleSet } from "../protocol.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";

/** Samples that a report shows, with the networks' predictions. */
export interface InspectedReport {
  readonly overview: InspectOverview;
  readonly lists: readonly SampleList[];
  /** Of the student's most frequent mistakes. */
  readonly cells: readonly (SampleList & { readonly label: number; readonly predicted: number })[];
  /** Why the samples themselves cannot be shown. */
  readonly note?: string;
}

export interface SampleList {
  readonly title: string;
  readonly total: number;
  readonly samples: readonly InspectedSample[];
}

/** Samples of a list, and of how many cells of the confusion matrix. */
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
  const mistakes = (overview.task === "classification" ? (overview.confusion["student"] ?? []) : [])
    .flatMap((row, label) => row.map((times, predicted) => ({ label, predicted, times })))
    .filter(({ label, predicted, times }) => label !== predicted && times > 0)
    .sort((a, b) => b.times - a.times)
    .slice(0, cells);
  const classes = overview.task === "classification" ? overview.classes : [];
  const ofCells: InspectedReport["cells"][number][] = [];
  for (const { label, predicted } of mistakes) {
    const title = `${classes[label]}, taken for ${classes[predicted]}`;
    const found = await shown({ cell: { network: "student", label, predicted } }, cell);
    ofCells.push({ title, label, predicted, ...found });
  }
  return { overview, lists, cells: ofCells, ...(note === undefined ? {} : { note }) };
}

const entriesOf = <V>(sets: Readonly<Partial<Record<SampleSet, V>>>) =>
  Object.entries(sets) as [SampleSet, V][];
