import { defaults } from "../../schemas/defaults.ts";
import { byValidation, isTrained, type MemberResult, resultsOf } from "./results.ts";

/** A sweep's keys, which may have any value in a text that is being edited. */
export interface Halving {
  readonly method?: unknown;
  readonly eta?: unknown;
  readonly rung?: unknown;
}

/** One combination in `eta` goes on from each rung; the first one is at `rung` epochs. */
export const halvingOf = (sweep: Halving | undefined): { readonly eta: number; readonly rung: number } => ({
  eta: isCount(sweep?.eta) ? sweep.eta : defaults.sweepEta,
  rung: isCount(sweep?.rung) ? sweep.rung : defaults.sweepRung,
});

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

/**
 * The runs that go on from a rung: those of the best 1/eta of the combinations, and of one at least, by the mean over seeds of the
 * last evaluation on validation. Equal ones in the order of training; one with a run that did not come so far is never among them.
 *
 * Successive halving: Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", AISTATS 2016;
 * Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, "Hyperband", JMLR 2018. A rung waits for all of its runs.
 */
export function goingOn(members: readonly MemberResult[], eta: number): readonly MemberResult[] {
  const points = resultsOf(members);
  const able = points.flatMap(({ runs }) =>
    runs.every(isAtRung)
      ? [{ runs, measured: meansOver(runs.flatMap(({ summary }) => (summary ? [summary.metrics] : []))) }]
      : [],
  );
  const count = Math.max(1, Math.floor(points.length / eta));
  return able
    .sort((a, b) => byValidation(a.measured, b.measured))
    .slice(0, count)
    .flatMap(({ runs }) => runs);
}

/** Whether a run waits at a rung, or has ended its training before it. */
const isAtRung = ({ summary }: MemberResult): boolean =>
  summary !== undefined && (isTrained(summary) || summary.member?.rung !== undefined);

/** Of metrics that every run has. */
export function meansOver(
  each: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> {
  const names = Object.keys(each[0] ?? {}).filter((name) => each.every((own) => name in own));
  return Object.fromEntries(
    names.map((name) => [name, each.reduce((sum, own) => sum + (own[name] as number), 0) / each.length]),
  );
}
