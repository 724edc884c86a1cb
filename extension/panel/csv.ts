import type { RunSummary, SeriesResult } from "../../server/protocol.ts";

/** Steps per read: a few megabytes for a run with a dozen series. */
const stepsAtOnce = 5000;
/** Most reads of a run: one of ten million steps that reports rarely needs no more. */
const mostPieces = 400;

/** Reads a run's series in buckets of one step: as many buckets as steps. */
export type ReadRun = (
  run: RunSummary,
  question: {
    readonly series: readonly string[];
    readonly range?: readonly [number, number];
    readonly buckets: number;
  },
) => Promise<SeriesResult>;

/** A piece of the file, and the progress after it in [0, 1]. */
export interface Written {
  readonly text: string;
  readonly run: RunSummary;
  readonly done: number;
}

/**
 * Runs as comma-separated values, piece by piece: one line a run and step, one column a series. Values as recorded:
 * neither smoothed nor bucketed.
 */
export async function* runsAsCsv(runs: readonly RunSummary[], read: ReadRun): AsyncGenerator<Written> {
  const extents = await Promise.all(runs.map((run) => extentOf(run, read)));
  const names = [...new Set(extents.flatMap((extent) => extent.names))];
  const steps = extents.reduce((sum, { last }) => sum + last + 1, 0);
  let before = 0;
  for (const [index, { run, names: own, last }] of extents.entries()) {
    const length = Math.max(stepsAtOnce, Math.ceil((last + 1) / mostPieces));
    if (index === 0) yield { text: csvHead(names), run, done: 0 };
    for (let from = 0; from <= last; from += length) {
      const to = Math.min(last, from + length - 1);
      const { series } = await read(run, { series: own, range: [from, to], buckets: length });
      yield { text: csvLines(run, names, series), run, done: (before + to + 1) / steps };
    }
    before += last + 1;
  }
}

/** A run's series and its last step; −1 where it has none. */
async function extentOf(run: RunSummary, read: ReadRun) {
  const { available } = await read(run, { series: [], buckets: 1 });
  const { series } = await read(run, { series: available, buckets: 1 });
  const last = Object.values(series).map(({ step }) => step.at(-1) ?? -1);
  return { run, names: available, last: Math.max(-1, ...last) };
}

const csvHead = (names: readonly string[]): string =>
  `${["run", "id", "step", "epoch", "seconds", ...names].map(field).join(",")}\n`;

function csvLines(run: RunSummary, names: readonly string[], series: SeriesResult["series"]): string {
  const rows = new Map<number, { epoch: number; time: number; values: Map<string, number | null> }>();
  for (const [name, { step: steps, epoch, time, last }] of Object.entries(series)) {
    for (const [index, step] of steps.entries()) {
      const row = rows.get(step) ?? {
        epoch: epoch[index] ?? 0,
        time: time[index] ?? 0,
        values: new Map<string, number | null>(),
      };
      row.values.set(name, last[index] ?? null);
      rows.set(step, row);
    }
  }
  const begin = `${field(run.name)},${field(run.id)}`;
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([step, { epoch, time, values }]) => {
      const cells = names.map((name) => (values.has(name) ? String(values.get(name) ?? "NaN") : ""));
      return `${[begin, step, epoch, time, ...cells].join(",")}\n`;
    })
    .join("");
}

const field = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
