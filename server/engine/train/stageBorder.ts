import type { ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import { termNames } from "../distill/losses/losses.ts";
import { averageGroup, inGroup, lossGroup, weightsGroup } from "../distill/names.ts";
import type { StoredTensors } from "./context.ts";
import type { Fit } from "./fitConfig.ts";

type Staged = Pick<Fit, "losses">;

/**
 * Of the state after a stage, what the following ones begin with: weights and their average, and the own weights of losses that
 * the next stage with a loss of that name has alike. The optimizer's slots start at zero.
 * @param index of the stage that ended
 */
export function carriedOver(stages: readonly Staged[], index: number, state: StoredTensors): StoredTensors {
  const isCarried = (name: string) => {
    if ([weightsGroup, averageGroup].some((group) => name.startsWith(`${group}/`))) return true;
    const [own] = Object.keys(inGroup(lossGroup, { [name]: true }));
    return own !== undefined && isKept(stages, index, own);
  };
  return Object.fromEntries(Object.entries(state).filter(([name]) => isCarried(name)));
}

/** Whether a later stage uses a loss's own weight; a stage in between keeps it unchanged. */
function isKept(stages: readonly Staged[], index: number, weight: string): boolean {
  const named = stages.map(({ losses }) => termOf(losses, weight));
  const last = named.slice(0, index + 1).findLast((loss) => loss !== undefined);
  const next = named.slice(index + 1).find((loss) => loss !== undefined);
  return last !== undefined && next !== undefined && unweighted(last) === unweighted(next);
}

/** The loss that an own weight belongs to: `hint/kernel` to the term `hint`. */
function termOf(losses: readonly ResolvedLoss[], weight: string): ResolvedLoss | undefined {
  const names = termNames(losses);
  return losses.find((_, i) => weight.startsWith(`${names[i]}/`));
}

const unweighted = ({ weight: _, ...loss }: ResolvedLoss): string =>
  JSON.stringify(Object.entries(loss).sort());
