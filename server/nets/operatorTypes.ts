import { elementwise } from "./operators/elementwise.ts";
import { filling } from "./operators/filling.ts";
import { gatherNd } from "./operators/gatherNd.ts";
import { linear } from "./operators/linear.ts";
import { normalization } from "./operators/normalization.ts";
import type { Operator } from "./operators/operator.ts";
import { pieces } from "./operators/pieces.ts";
import { pooling } from "./operators/pooling.ts";
import { reshaping } from "./operators/reshaping.ts";

/** Every ONNX operator that a student can be made of. A row is all of an operator. */
const operatorTypes: Readonly<Record<string, Operator>> = {
  ...linear,
  ...pooling,
  ...normalization,
  ...elementwise,
  ...reshaping,
  ...pieces,
  ...filling,
  ...gatherNd,
};

export const operatorType = (name: string): Operator | undefined =>
  Object.hasOwn(operatorTypes, name) ? operatorTypes[name] : undefined;
