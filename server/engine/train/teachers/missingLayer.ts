import { type Problem, problem } from "../../../problem.ts";
import type { Net } from "../../nets/net.ts";

/** The first layer that losses read and the teacher lacks, if any. */
export function missingLayer(
  taps: readonly string[],
  layers: readonly string[],
): { readonly problem: Problem } | undefined {
  const missing = taps.find((layer) => !layers.includes(layer));
  if (missing === undefined) return undefined;
  const known = layers.slice(-mostNames).map((name) => `"${name}"`);
  return problem(
    "unknown-layer",
    `The teacher has no layer "${missing}".`,
    `${layers.length > mostNames ? "Its last layers are" : "Its layers are"} ${known.join(", ")}.`,
  );
}

/** The nearest to the output; a deep net has hundreds. */
const mostNames = 12;

/** The same for a net made of layers. */
export const missingLayerOf = ({ layers }: Pick<Net, "layers">, taps: readonly string[]) =>
  missingLayer(
    taps,
    layers.map(({ name }) => name),
  );
