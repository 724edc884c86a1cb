import type { Graph } from "../graph.ts";
import { lowerPlain } from "../plain.ts";
import { worthParts } from "../samples/worthParts.ts";
import type { Lowered, LoweredModel, LowerOptions, LowerProgram } from "../slots.ts";
import { lowerBlocked } from "./blocked/lowerBlocked.ts";
import {
  type Choice,
  estimatedMs,
  hasLargeTensors,
  type LoweringName,
  type Obstacles,
  rankLowerings,
} from "./chooseLowering.ts";
import { divideFrozen } from "./frozenPart.ts";
import { lowerBatchInnermost } from "./innermost/lowerBatchInnermost.ts";

export const lowerings: Readonly<Record<LoweringName, LowerProgram>> = {
  "batch-innermost": lowerBatchInnermost,
  blocked: lowerBlocked,
  plain: lowerPlain,
};

/** Of the time of a program as one: what the parts may take at most, by estimate. Two calls take some tenths of a millisecond. */
const worthTwoCalls = 0.97;

/** A way to lower a program: as a whole, or a frozen teacher in the step apart from the student. */
export interface Lowering {
  /** The lowering, or the student's and the teacher's, as in `blocked` and `batch-innermost, teacher plain`. */
  readonly name: string;
  /** In words, as in `batch innermost`. */
  readonly label: string;
  /** For people: the numbers that decided. */
  readonly reason: string;
  /** Milliseconds of a step by the estimate of cost.ts, on one thread. */
  readonly ms: number;
  /** Images are held in blocks, for which the runtime's kernels have to be tested. */
  readonly inBlocks: boolean;
  lower(): Lowered;
}

/**
 * The ways to lower a program, by their estimated times: first those with the batch in parts, where that is worth it. The same program
 * always gets the same ones on the same machine.
 */
export function loweringsOf(
  graphs: readonly Graph[],
  wishes: Obstacles & Pick<LowerOptions, "inPlace"> = {},
): readonly Lowering[] {
  const whole = loweringsWith(graphs, wishes);
  const worth = wishes.inPlace === true ? worthParts(graphs, whole[0]?.ms ?? 0) : undefined;
  if (worth === undefined) return whole;
  const { count, parts } = worth;
  const inParts = loweringsWith(graphs, { ...wishes, parts }).map(
    ({ name, label, reason, lower, ...lowering }) => ({
      ...lowering,
      name: `${name}, ${count} parts`,
      label: `${label}, ${count} parts`,
      reason: `${reason}; ${count} parts of a batch at once`,
      lower: () => ({ ...lower(), reason: `${reason}; ${count} parts of a batch at once` }),
    }),
  );
  return [...inParts, ...whole];
}

function loweringsWith(
  graphs: readonly Graph[],
  { inPlace, parts, ...obstacles }: Obstacles & LowerOptions,
): readonly Lowering[] {
  const lowered = (part: readonly Graph[], { lowering, reason }: Choice): Lowered => {
    const { models, ...rest } = lowerings[lowering](part, { inPlace, parts });
    const timed = part.map((graph) => {
      const model = models.get(graph.name) as LoweredModel;
      return [graph.name, { ...model, ms: estimatedMs(graph, lowering) }] as const;
    });
    return { ...rest, models: new Map(timed), reason, largeTensors: hasLargeTensors(part) };
  };
  const asOne = rankLowerings(graphs, obstacles).map(
    ({ lowering, ...choice }): Lowering => ({
      ...choice,
      name: lowering,
      inBlocks: lowering === "blocked",
      lower: () => lowered(graphs, { ...choice, lowering }),
    }),
  );
  const divided = divideFrozen(graphs);
  if (divided === undefined) return asOne;
  const frozenChoices = rankLowerings(divided.frozen, obstacles);
  const apart = rankLowerings(divided.rest, obstacles).flatMap((own) =>
    frozenChoices.map((teacher): Lowering => {
      const reason = `student ${own.reason}; teacher ${teacher.reason}`;
      return {
        name: `${own.lowering}, teacher ${teacher.lowering}`,
        label: `student ${own.label}, teacher ${teacher.label}`,
        reason,
        inBlocks: [own.lowering, teacher.lowering].includes("blocked"),
        ms: (own.ms + teacher.ms) / worthTwoCalls,
        lower() {
          const [rest, frozen] = [lowered(divided.rest, own), lowered(divided.frozen, teacher)];
          return {
            ...rest,
            slots: [...rest.slots, ...frozen.slots],
            models: new Map([...rest.models, ...frozen.models]),
            fed: divided.fed,
            reason,
            largeTensors: rest.largeTensors === true || frozen.largeTensors === true,
          };
        },
      };
    }),
  );
  return [...apart, ...asOne].sort((a, b) => a.ms - b.ms);
}

/** Lowers a program in the way with the lowest estimate. */
export const lowerProgram = (graphs: readonly Graph[], wishes: Obstacles & LowerOptions = {}): Lowered =>
  (loweringsOf(graphs, wishes)[0] as Lowering).lower();
