import type { TermSizes } from "../facts.ts";
import { opening, type Uncoded, warning } from "../finding.ts";
import type { LossModel } from "../model/losses.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Beyond this ratio the smaller term has no effect. */
const mostApart = 100;

/** Terms of very different size, as seen in a run: the smaller one has no effect. */
export const termSizes: Rule = {
  code: "term-sizes",
  *check({ stages, termSizes }) {
    for (const losses of new Set(stages.map((stage) => stage.losses))) yield* apart(losses, termSizes);
  },
};

function* apart(losses: readonly LossModel[], termSizes: TermSizes): Generator<Uncoded> {
  const sized = losses.flatMap((loss) => {
    const size = Math.abs(termSizes[loss.name] ?? Number.NaN);
    return size > 0 && loss.node && loss.weight > 0 ? [{ ...loss, node: loss.node, size }] : [];
  });
  const [largest] = sized.toSorted((a, b) => b.size - a.size);
  if (!largest) return;
  for (const { name, node, size } of sized) {
    if (largest.size < mostApart * size) continue;
    const ratio = Number((largest.size / size).toPrecision(2));
    yield warning(
      member(node, "weight") ?? member(node, "type") ?? opening(node),
      `In the last run \`${largest.name}\` was ${ratio} times as large as \`${name}\`, which then has hardly any effect. Adjust their weights.`,
    );
  }
}
