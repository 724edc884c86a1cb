import { table } from "../../server/terminal/wording.ts";
import { rounded } from "../statistics.ts";

/** Time of one op, in milliseconds of any clock. */
export interface Span {
  readonly op: string;
  readonly start: number;
  readonly end: number;
}

/** One step under a runtime's profiler. Times in milliseconds. */
export interface ProfiledStep {
  /** From the call to its result. */
  readonly ms: number;
  /** While at least one op ran. */
  readonly busyMs: number;
  readonly ops: Readonly<Record<string, { readonly calls: number; readonly ms: number }>>;
}

export interface OpRow {
  readonly op: string;
  readonly calls: number;
  readonly ms: number;
  /** Of the profiled step. */
  readonly share: number;
}

/** Breakdown of a step: ops + atOnceMs + outsideMs = profiledMs. */
export interface Profile {
  /** Without the profiler. */
  readonly stepMs: number;
  readonly profiledMs: number;
  /** Ops that take at least a hundredth of the step, longest first; the last row sums up the others. */
  readonly ops: readonly OpRow[];
  /** Sum over the ops. */
  readonly opsMs: number;
  /** Not positive: time counted in two ops' rows because they ran at once. */
  readonly atOnceMs: number;
  /** While no op ran: calls and scheduling, and most of the profiler's own cost. */
  readonly outsideMs: number;
}

/** Sums up one step. Ops may overlap where a runtime runs several at once. */
export function profiledStep(ms: number, spans: readonly Span[]): ProfiledStep {
  const ops: Record<string, { calls: number; ms: number }> = {};
  let busyMs = 0;
  let busyUntil = Number.NEGATIVE_INFINITY;
  for (const { op, start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    ops[op] ??= { calls: 0, ms: 0 };
    ops[op].calls += 1;
    ops[op].ms += end - start;
    busyMs += Math.max(0, end - Math.max(start, busyUntil));
    busyUntil = Math.max(busyUntil, end);
  }
  return { ms, busyMs, ops };
}

const smallest = 0.01; // of the step

/**
 * Mean of the fastest quarter of the steps, which other load disturbed least. A mean, so that the parts add up to the
 * whole.
 * @param plain milliseconds of steps without the profiler, in turn with the profiled ones
 */
export function profileOf(steps: readonly ProfiledStep[], plain: readonly number[]): Profile {
  const quiet = fastestQuarter(steps, ({ ms }) => ms);
  const perStep = (of: (step: ProfiledStep) => number): number => mean(quiet.map(of));
  const profiledMs = perStep(({ ms }) => ms);
  const busyMs = perStep((step) => step.busyMs);
  const row = (op: string, { calls, ms }: { calls: number; ms: number }): OpRow => ({
    op,
    calls: rounded(calls),
    ms: rounded(ms),
    share: rounded(ms / profiledMs),
  });
  const all = [...new Set(quiet.flatMap(({ ops }) => Object.keys(ops)))].map((op) => ({
    op,
    calls: perStep(({ ops }) => ops[op]?.calls ?? 0),
    ms: perStep(({ ops }) => ops[op]?.ms ?? 0),
  }));
  const large = all.filter(({ ms }) => ms >= smallest * profiledMs).sort((a, b) => b.ms - a.ms);
  const small = all.filter(({ ms }) => ms < smallest * profiledMs);
  const opsMs = sum(all.map(({ ms }) => ms));
  const ops = large.map((op) => row(op.op, op));
  if (small.length > 0)
    ops.push(
      row(`${small.length} others`, {
        calls: sum(small.map(({ calls }) => calls)),
        ms: sum(small.map(({ ms }) => ms)),
      }),
    );
  return {
    stepMs: rounded(mean(fastestQuarter(plain, (ms) => ms))),
    profiledMs: rounded(profiledMs),
    ops,
    opsMs: rounded(opsMs),
    atOnceMs: Math.abs(busyMs - opsMs) < 1e-6 ? 0 : rounded(busyMs - opsMs), // sums in another order differ in the last bit
    outsideMs: rounded(profiledMs - busyMs),
  };
}

function fastestQuarter<T>(items: readonly T[], ms: (item: T) => number): T[] {
  return [...items].sort((a, b) => ms(a) - ms(b)).slice(0, Math.ceil(items.length / 4));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** The lines of a profile for people. The profiler adds some microseconds to every op, so small ones look longer. */
export function profileTable({ stepMs, profiledMs, ops, opsMs, atOnceMs, outsideMs }: Profile): string[] {
  const row = (what: string, calls: number | undefined, ms: number) => [
    what,
    calls === undefined ? "" : String(calls),
    ms.toFixed(3),
    `${((100 * ms) / profiledMs).toFixed(1)} %`,
  ];
  return table(
    [
      ["op", "calls", "ms/step", "share"],
      ...ops.map(({ op, calls, ms }) => row(op, calls, ms)),
      row("= all ops", undefined, opsMs),
      ...(atOnceMs < 0 ? [row("- at once with another op", undefined, atOnceMs)] : []),
      row("+ outside of ops", undefined, outsideMs),
      row("= the step, profiled", undefined, profiledMs),
      row("  of it the profiler", undefined, profiledMs - stepMs),
    ],
    { alignRight: [1, 2, 3] },
  );
}
