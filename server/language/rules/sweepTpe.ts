import { requestedRuns, startupOf } from "../../sweep/expand.ts";
import { fix, type Uncoded, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { countOf, member, textOf } from "../model/values.ts";
import { propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";
import { uncomparable } from "./sweepHalving.ts";

/** A search that has nothing to propose by, or no run to propose, and its key where nothing is proposed. */
export const sweepTpe: Rule = {
  code: "sweep-tpe",
  *check({ at, parsed }): Iterable<Uncoded> {
    const sweep = at("sweep");
    const [method, startup, runs] = ["method", "startup", "runs"].map((key) => member(sweep, key));
    if (method !== undefined && textOf(method) === "tpe") {
      yield* uncomparable(method, at, parsed.text);
      const given = { startup: countOf(startup), runs: countOf(runs) };
      if (startup !== undefined && startupOf(given) >= requestedRuns(given.runs))
        yield warning(
          startup,
          `All ${requestedRuns(given.runs)} combinations are drawn at random: \`startup\` leaves none to propose.`,
        );
      return;
    }
    const property = startup && propertyOf(startup);
    if (property)
      yield warning(
        headOf(startup),
        '`startup` counts only with `"method": "tpe"`.',
        fix('Remove "startup"', removeItem(parsed.text, property)),
      );
  },
};
