import type { RunSummary } from "./protocol.ts";

/** Of a run that its sweep has stopped at a rung: whether the sweep goes on with it. Undefined of any other. */
export function rungWords({ state, member }: Pick<RunSummary, "state" | "member">): string | undefined {
  if (state !== "stopped" || member?.rung === undefined) return undefined;
  return member.halved ? `halved at epoch ${member.rung}` : `waits after epoch ${member.rung}`;
}
