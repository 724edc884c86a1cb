import type { Node } from "jsonc-parser";
import type { PlannedLayer } from "../../nets/shapes.ts";
import type { Model } from "./model.ts";

export interface PlacedLayer {
  readonly node: Node;
  /** Undefined where its shape is not known. */
  readonly planned: PlannedLayer | undefined;
}

/** The layers written in the text, the teacher's and the student's, in its order. */
export const layersOf = ({ teacher, student }: Model): readonly PlacedLayer[] =>
  [teacher, student]
    .flatMap((net) => (net?.layers ?? []).map((node, index) => ({ node, planned: net?.plan?.layers[index] })))
    .sort((a, b) => a.node.offset - b.node.offset);
