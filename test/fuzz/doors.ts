import { basename, dirname } from "node:path";
import { compare } from "../../server/cli/compare.ts";
import { evaluate } from "../../server/cli/evaluate.ts";
import { exportRun } from "../../server/cli/export.ts";
import { list } from "../../server/cli/list.ts";
import { show } from "../../server/cli/show.ts";
import { stop } from "../../server/cli/stop.ts";
import { openInspection } from "../../server/inspection/openInspection.ts";
import { RunsHub } from "../../server/lsp/runs/runsHub.ts";
import { resultCard } from "../../server/report/card.ts";
import { findCheckpoint } from "../../server/runs/checkpoints.ts";
import { deleteRun, prepareResume } from "../../server/runs/control.ts";
import { openEventLog } from "../../server/runs/eventLog.ts";
import { readEvents } from "../../server/runs/logReader.ts";
import { openRun, runDirectory } from "../../server/runs/runDirectory.ts";
import { readSeries } from "../../server/runs/series.ts";
import { readStudent } from "../../server/runs/student.ts";
import type { Terminal } from "../../server/terminal/terminal.ts";

/** A way in which a run directory is read. It gives a value, or refuses with a RunError. */
export type Door = (run: string, beside: string) => Promise<unknown>;

/** In this order: the last ones change the run. */
const always: Readonly<Record<string, Door>> = {
  "distill/listRuns": async (run) => {
    const hub = new RunsHub({ runsChanged: (runs) => void JSON.stringify(runs), runEvents: () => {} });
    try {
      await hub.add(dirname(run));
      return JSON.stringify(await hub.list());
    } finally {
      hub.close();
    }
  },
  stop: (run) => stop(run, {}, nowhere()),
  "distill/readSeries": async (run) =>
    JSON.stringify(await readSeries(run, { series: ["loss", "validation.accuracy"], buckets: 50 })),
  "distill/readEvents": async (run) => JSON.stringify((await readEvents(runDirectory(run).events)).events),
  "distill/readResultCard": async (run) => JSON.stringify(await resultCard(run)),
  checkpoint: async (run) => findCheckpoint((await openRun(run)).path),
  student: async (run) => readStudent((await openRun(run)).path, "best"),
  resume: async (run) => {
    const prepared = await prepareResume(run);
    // What a trainer does first, and what it wrote can be read again.
    await openRun(run);
    const log = openEventLog(prepared.events);
    const written = log.append({ type: "stopped", reason: "fuzz", step: 1 });
    log.close();
    const { events } = await readEvents(prepared.events);
    if (events.at(-1)?.seq !== written.seq) throw new Error("What was appended is not read.");
  },
  delete: deleteRun,
};

type Doors = Readonly<Record<string, Door>>;

export const doors: { readonly asText: Doors; readonly asJson: Doors } = {
  asText: {
    list: (run) => list({ runsDirectory: dirname(run) }, nowhere()),
    show: (run) => show(run, {}, nowhere()),
    compare: (run) => compare([run], {}, nowhere()),
    ...always,
  },
  asJson: {
    list: (run) => list({ runsDirectory: dirname(run), json: true }, nowhere()),
    show: (run) => show(run, { json: true }, nowhere()),
    compare: (run, beside) => compare([run, beside], { json: true }, nowhere()),
    ...always,
  },
};

/** Those that load a model and run it take a hundred times as long. */
export const slowDoors: Readonly<Record<string, Door>> = {
  evaluate: (run) => evaluate(run, {}, nowhere()),
  inspect: async (run) => {
    const { overview, samples, page } = await openInspection(await openRun(run));
    await samples;
    const query = { request: 1, show: "all", order: "sure", from: 0, count: 5 } as const;
    return JSON.stringify([overview, await page(query)]);
  },
  export: (run) =>
    exportRun(run, { format: "onnx", out: `${dirname(run)}.out/${basename(run)}.onnx` }, nowhere()),
};

const nowhere = (): Terminal => {
  const stream = { write: (text: string) => text.length > 0 };
  return { out: stream, err: stream } as unknown as Terminal;
};
