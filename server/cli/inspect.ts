import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { findRun } from "../api/findRun.ts";
import { haveEngine } from "../haveEngine.ts";
import { openInspection } from "../inspection/openInspection.ts";
import { orderWords, sampleSets } from "../inspection/sampleSets.ts";
import type { InspectLine, InspectOverview, InspectQuery, LabelOutcome } from "../protocol.ts";
import { htmlReport } from "../report/html.ts";
import { readInspected } from "../report/inspected.ts";
import { readRunReport } from "../report/report.ts";
import { assertOutput, keptOf, writeOutput } from "../runs/outputPlace.ts";
import { openRun } from "../runs/runDirectory.ts";
import { explained } from "../runs/runError.ts";
import { isNetwork } from "../statistics/networkWords.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";

export interface InspectOptions {
  readonly out?: string;
  readonly replace?: boolean;
  readonly json?: boolean;
  readonly runsDirectory?: string;
  /** Answers queries, a line each, for the chart panel. */
  readonly serve?: boolean;
}

/** What was written and what stands above its samples, as `--json` prints it. */
type InspectJson = InspectOverview & {
  readonly run: string;
  /** Absolute. */
  readonly path: string;
};

/** What stands in a page that a person looks through, beside what a report has. */
const sizes = { set: 60, cell: 12, cells: 60 };

/** `distill inspect RUN --out FILE.html`: what the networks say of the samples, as a page in one file. */
export async function inspect(
  reference: string,
  { out, replace, serve, json = false, runsDirectory }: InspectOptions,
  terminal: Terminal,
  input: Readable = process.stdin,
): Promise<ExitCode> {
  if (serve) return answerQueries(reference, input, (line) => print(terminal, JSON.stringify(line)));
  const run = await openRun(await findRun(reference, runsDirectory));
  const file = resolve(out ?? `${run.id}-inspected.html`);
  const place = { path: file, kept: await keptOf(run), replace };
  await assertOutput(place);
  await haveEngine((line) => complain(terminal, line));
  const inspected = await readInspected(run, sizes);
  await writeOutput(place, htmlReport({ ...(await readRunReport(run)), inspected }));
  if (json) printJson(terminal, { run: run.id, path: file, ...inspected.overview } satisfies InspectJson);
  else print(terminal, shown(file));
  return exit.done;
}

/** Until its input ends. */
async function answerQueries(
  directory: string,
  input: Readable,
  tell: (line: InspectLine) => void,
): Promise<ExitCode> {
  try {
    const inspection = await openInspection(await openRun(directory));
    tell({ event: "opened", overview: inspection.overview });
    void inspection.samples.then((samples) => tell({ event: "samples", ...samples }));
    for await (const line of createInterface({ input })) {
      const query = queryIn(line);
      if (query === undefined) continue;
      tell({ event: "page", request: query.request, ...(await inspection.page(query)) });
    }
    return exit.done;
  } catch (error) {
    const known = explained(error);
    if (known === undefined) throw error;
    tell({ event: "error", code: known.code, message: known.message, hint: known.hint });
    return exit.failed;
  }
}

/** More are no page. */
const mostSamples = 500;

/** The panel sends what the page asks for, which is not trusted. */
function queryIn(line: string): InspectQuery | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { request, show, cell, output, order, from, count } = Object(value) as Partial<
    Record<keyof InspectQuery, unknown>
  >;
  const isPage = [request, from, count, output ?? 0].every(isCount) && Number(count) <= mostSamples;
  const isKnown = sets.has(String(show)) && Object.hasOwn(orderWords, String(order));
  return isPage && isKnown && (cell === undefined || isCell(cell)) ? (value as InspectQuery) : undefined;
}

const sets: ReadonlySet<string> = new Set(Object.values(sampleSets).flatMap(Object.keys));
const outcomes: readonly unknown[] = ["tp", "fp", "fn", "tn"] satisfies LabelOutcome[];

function isCell(cell: unknown): boolean {
  const { network, label, predicted, outcome, target, prediction } = Object(cell) as Readonly<
    Record<string, unknown>
  >;
  const isOfScatter = isCount(target) && isCount(prediction);
  const isOfLabel =
    isCount(label) && (predicted === undefined ? outcomes.includes(outcome) : isCount(predicted));
  return isNetwork(String(network)) && (isOfScatter || isOfLabel);
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
