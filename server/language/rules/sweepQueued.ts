import { error, fix, replace, type Uncoded } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { member, textOf } from "../model/values.ts";
import { propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** What the runs of a sweep cannot do as jobs of a cluster. */
export const sweepQueued: Rule = {
  code: "sweep-queued",
  *check({ at, parsed, executor }): Iterable<Uncoded> {
    if (executor !== "slurm") return;
    const method = at("sweep", "method");
    if (method !== undefined && textOf(method) === "asha")
      yield error(
        method,
        "`asha` goes on with each run as soon as it may, and of the runs of a cluster nothing is known before all have ended.",
        fix('Change to "halving"', replace(method, '"halving"')),
      );
    const latency = member(at("sweep", "budget"), "latencyMs");
    const property = latency && propertyOf(latency);
    if (property)
      yield error(
        latency,
        "The budget `latencyMs` is measured on this machine before the runs train, and those of a cluster train on others.",
        fix('Remove "latencyMs"', removeItem(parsed.text, property)),
      );
  },
};
