import type { Phase, Subject } from "../../../schemas/run-event.gen.ts";
import type { TrainContext } from "./context.ts";

const every = 100; // ms

/**
 * Reports the progress of a phase, at most ten times a second and always its end, with the remaining seconds at the pace since
 * the first report.
 */
export function progressReporter(
  { report }: Pick<TrainContext, "report">,
  { phase, subject, total }: { phase: Phase; subject?: Subject; total: number },
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
      done,
      total,
      etaSeconds: pace > 0 && Number.isFinite(pace) ? Math.round((total - done) / pace) / 1000 : null,
    });
  };
}

/** Reports how many images of a source are decoded. */
export function decodingReporter(
  context: Pick<TrainContext, "report">,
): (done: number, total: number) => void {
  let report: (done: number) => void;
  return (done, total) => {
    if (done === 1) report = progressReporter(context, { phase: "preflight", total });
    report(done);
  };
}
