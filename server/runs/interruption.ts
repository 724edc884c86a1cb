import type { LogFacts } from "./logFacts.ts";
import { wasMemoryShort } from "./memoryKills.ts";
import { lastTrainer } from "./spawn.ts";

/** Why a trainer ended that has not said so itself, as far as it can be known, and what can be done. */
export function interruption(directory: string, { memoryWarning }: Pick<LogFacts, "memoryWarning">): string {
  const holder = lastTrainer(directory);
  const end =
    holder !== undefined && wasMemoryShort(holder)
      ? "The trainer ended without a word; the system has ended a process for want of memory meanwhile, probably this one."
      : "The trainer ended without a word.";
  return [
    end,
    ...(memoryWarning === undefined ? [] : [`It had warned: ${memoryWarning}`]),
    "Resuming goes on from the last checkpoint.",
  ].join(" ");
}
