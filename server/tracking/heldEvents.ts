import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { eventBlocks } from "../runs/logReader.ts";

export type Measured = RunEvent & { readonly type: "step" | "evaluation" };

/** Where a run went back to: from event `seq` on, what was said before of this step and later ones no longer holds. */
interface Return {
  readonly seq: number;
  readonly step: number;
}

/**
 * The steps and evaluations of a log that still hold, in its order: those that a resumed run has said again are left out. It is read
 * twice, a block at a time, up to where it ended at first; memory grows with the number of returns alone.
 */
export async function* heldEvents(path: string): AsyncGenerator<readonly Measured[]> {
  const { returns, lastSeq } = await findReturns(path);
  const passed = new Map<string, number>();
  const isHeld = (event: Measured): boolean => {
    const track = trackOf(event);
    const own = returns.get(track) ?? [];
    let at = passed.get(track) ?? 0;
    while ((own[at]?.seq ?? Number.POSITIVE_INFINITY) <= event.seq) at += 1;
    passed.set(track, at);
    return (own[at]?.step ?? Number.POSITIVE_INFINITY) > event.step;
  };
  for await (const { events } of eventBlocks(path))
    yield events.filter(isMeasured).filter((event) => event.seq <= lastSeq && isHeld(event));
}

/** The number of the last event at which a log goes back to an earlier step; −1 where none does. */
export async function lastReturn(path: string): Promise<number> {
  return (await findReturns(path)).lastBack;
}

/** By track. A return to an earlier step contains those before it, so that steps grow from return to return. */
async function findReturns(
  path: string,
): Promise<{ returns: Map<string, Return[]>; lastSeq: number; lastBack: number }> {
  const returns = new Map<string, Return[]>();
  const steps = new Map<string, number>();
  let lastSeq = -1;
  let lastBack = -1;
  for await (const { events } of eventBlocks(path)) {
    lastSeq = events.at(-1)?.seq ?? lastSeq;
    for (const event of events.filter(isMeasured)) {
      const { seq, step } = event;
      const track = trackOf(event);
      // A resumed run evaluates its teacher again, at the same step.
      if (step < (steps.get(track) ?? -1)) lastBack = seq;
      if (step <= (steps.get(track) ?? -1)) {
        const own = returns.get(track) ?? [];
        while ((own.at(-1)?.step ?? -1) >= step) own.pop();
        own.push({ seq, step });
        returns.set(track, own);
      }
      steps.set(track, step);
    }
  }
  return { returns, lastSeq, lastBack };
}

export const isMeasured = (event: RunEvent): event is Measured =>
  event.type === "step" || event.type === "evaluation";

/** Events that take each other's place: of a subject's steps, or of its evaluations on a split. */
const trackOf = (event: Measured): string =>
  `${event.subject ?? "student"} ${event.type === "step" ? "" : event.split}`;
