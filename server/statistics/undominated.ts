/**
 * Those that no other one beats by costing less and being at least as good, or as much and being better: the Pareto front. Cheapest
 * first; of several that are alike the first.
 * @param compare negative: the first one is better
 */
export function undominated<T>(
  all: readonly T[],
  { cost, compare }: { readonly cost: (one: T) => number; readonly compare: (a: T, b: T) => number },
): T[] {
  const front: T[] = [];
  for (const one of all.toSorted((a, b) => cost(a) - cost(b) || compare(a, b))) {
    const last = front.at(-1);
    if (last === undefined || compare(one, last) < 0) front.push(one);
  }
  return front;
}
