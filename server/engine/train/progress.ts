import type { Phase, Subject } from "../../../schemas/run-event.gen.ts";
import type { LoadOptions } from "../../data/sources/options.ts";
import type { TrainContext } from "./context.ts";

const every = 100; // ms

/**
 * Reports the progress of a phase, at most ten times a second and always its end, with the remaining seconds at the pace since
 * the first report.
 */
export function progressReporter(
  { report }: Pick<TrainContext, "report">,
  {
    phase,
    subject,
    what,
    total,
  }: { phase: Phase; subject?: Subject; what?: "images" | "samples"; total: number },
  now: () => number = () => performance.now(),
): (done: number) => void {
  let first: { readonly time: number; readonly done: number } | undefined;
  let last = Number.NEGATIVE_INFINITY;
  return (done) => {
    const time = now();
    first ??= { time, done };
    if (time - last < every && done < total) return;
    last = time;
    const pace = (done - first.done) / (time - first.time); // per ms
    report({
      type: "progress",
      phase,
      ...(subject === undefined ? {} : { subject }),
      ...(what === undefined ? {} : { what }),
      done,
      total,
      etaSeconds: pace > 0 && Number.isFinite(pace) ? Math.round((total - done) / pace) / 1000 : null,
    });
  };
}

/** Reports how many images of a source are decoded, and how much of one is read into the cache. */
export function readingReporters(
  context: Pick<TrainContext, "report">,
): Required<Pick<LoadOptions, "onImage" | "onRead">> {
  const reporter = (what: "images" | "samples") => {
    let report: ((done: number) => void) | undefined;
    let last = 0;
    return (done: number, total: number) => {
      if (report === undefined || done < last)
        report = progressReporter(context, { phase: "preflight", what, total });
      last = done;
      report(done);
    };
  };
  return { onImage: reporter("images"), onRead: reporter("samples") };
}
