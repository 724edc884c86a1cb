import { elementwise } from "./operators/elementwise.ts";
import { gatherNd } from "./operators/gatherNd.ts";
import { linear } from "./operators/linear.ts";
import { normalization } from "./operators/normalization.ts";
import type { Operator } from "./operators/operator.ts";
import { pooling } from "./operators/pooling.ts";
import { structure } from "./operators/structure.ts";

/** Every ONNX operator that a student can be made of. A row is all of an operator. */
const operatorTypes: Readonly<Record<string, Operator>> = {
  ...linear,
  ...pooling,
  ...normalization,
  ...elementwise,
  ...structure,
  ...gatherNd,
};

export const operatorType = (name: string): Operator | undefined =>
  Object.hasOwn(operatorTypes, name) ? operatorTypes[name] : undefined;
