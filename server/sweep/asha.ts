import { byValidation } from "./results.ts";

/** A combination, and how far it has come. */
export interface Standing {
  readonly runs: readonly string[];
  /** By the epochs of a rung that all of its runs have come to: what they reach there; undefined of numbers that are not finite. */
  readonly at: ReadonlyMap<number, Readonly<Record<string, number>> | undefined>;
  /** The rungs from which it has gone on. */
  readonly goneOn: ReadonlySet<number>;
  /** All of its runs have trained to their ends. */
  readonly isTrained: boolean;
}

/** A combination that goes on from a rung. */
export interface Promotion {
  readonly epochs: number;
  readonly standing: Standing;
  /** Combinations that have come to the rung so far. */
  readonly reached: number;
}

/**
 * Who goes on next, from the highest rung where that may be: one of the best 1/eta of those that have come there so far. undefined: no
 * one, before another has come.
 *
 * Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar, "A System for Massively Parallel Hyperparameter Tuning",
 * MLSys 2020, algorithm 2.
 */
export function promotion(standings: readonly Standing[], eta: number): Promotion | undefined {
  for (const epochs of rungsOf(standings)) {
    const { reached, able } = ranked(standings, epochs);
    const best = able.slice(0, Math.floor(reached / eta));
    const standing = best.find((one) => mayGoOn(one, epochs));
    if (standing !== undefined) return { epochs, standing, reached };
  }
  return undefined;
}

/** Once no one is left to come: the best of the highest rung, where none has trained to its end. */
export function lastPromotion(standings: readonly Standing[]): Promotion | undefined {
  if (standings.some(({ isTrained }) => isTrained)) return undefined;
  for (const epochs of rungsOf(standings)) {
    const { reached, able } = ranked(standings, epochs);
    const [standing] = able.filter((one) => mayGoOn(one, epochs));
    if (standing !== undefined) return { epochs, standing, reached };
  }
  return undefined;
}

const mayGoOn = ({ goneOn, isTrained }: Standing, epochs: number): boolean =>
  !goneOn.has(epochs) && !isTrained;

/** The highest first. */
const rungsOf = (standings: readonly Standing[]): readonly number[] =>
  [...new Set(standings.flatMap(({ at }) => [...at.keys()]))].sort((a, b) => b - a);

/** Those that have come to a rung, the best of them first; equal ones in the order of training. */
function ranked(
  standings: readonly Standing[],
  epochs: number,
): { readonly reached: number; readonly able: readonly Standing[] } {
  const there = standings.filter(({ at }) => at.has(epochs));
  const able = there.flatMap((standing) => {
    const measured = standing.at.get(epochs);
    return measured === undefined ? [] : [{ standing, measured }];
  });
  able.sort((a, b) => byValidation(a.measured, b.measured));
  return { reached: there.length, able: able.map(({ standing }) => standing) };
}
