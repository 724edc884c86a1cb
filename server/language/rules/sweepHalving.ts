import type { Node } from "jsonc-parser";
import { isHalving } from "../../sweep/expand.ts";
import { type Halving, halvingOf } from "../../sweep/halving.ts";
import { error, fix, replace, type Uncoded, warning } from "../finding.ts";
import { insertProperty, removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { duration } from "../model/duration.ts";
import { countOf, member, textOf, type ValueAt } from "../model/values.ts";
import { dataOf, propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** Successive halving without anything to compare by, or that comes too late, and its keys where nothing is halved. */
export const sweepHalving: Rule = {
  code: "sweep-halving",
  *check({ at, parsed, data: model, stages }): Iterable<Uncoded> {
    const sweep = at("sweep");
    const method = member(sweep, "method");
    if (method !== undefined && isHalving(dataOf(method))) {
      yield* uncomparable(method, at, parsed.text);
      const { rung } = halvingOf(dataOf(sweep) as Halving);
      const { epochs, stepsPerEpoch } = duration(at, model, stages);
      if (epochs !== undefined && epochs <= rung)
        yield warning(
          member(sweep, "rung") ?? method,
          `Training ends after ${Number(epochs.toPrecision(3))} ${epochs === 1 ? "epoch" : "epochs"}, and runs are first compared after ${rung}: none is halved.`,
        );
      const evaluateEvery = at("training", "evaluateEvery");
      const steps = countOf(evaluateEvery);
      const compared = stepsPerEpoch && rung * stepsPerEpoch;
      if (evaluateEvery && steps !== undefined && compared !== undefined && steps > compared)
        yield error(
          evaluateEvery,
          `Runs are first compared after ${compared} steps (\`rung\`), and validation is first evaluated after ${steps}.`,
          fix(`Evaluate every ${compared} steps`, replace(evaluateEvery, `${compared}`)),
        );
      return;
    }
    for (const key of ["eta", "rung"]) {
      const value = member(sweep, key);
      const property = value && propertyOf(value);
      if (property)
        yield warning(
          headOf(value),
          `\`${key}\` counts only with \`"method": "halving"\` or \`"asha"\`.`,
          fix(`Remove "${key}"`, removeItem(parsed.text, property)),
        );
    }
  },
};

/** A method that compares combinations on validation, where there is none. */
export function* uncomparable(method: Node, at: ValueAt, text: string): Iterable<Uncoded> {
  const data = at("data");
  if (data?.type !== "object" || at("data", "validation")) return;
  yield error(
    method,
    `\`${textOf(method)}\` compares combinations on validation, and \`data\` has none.`,
    fix(
      "Hold out a tenth of the training samples",
      insertProperty(text, data, "validation", '{ "split": 0.1 }'),
    ),
  );
}
