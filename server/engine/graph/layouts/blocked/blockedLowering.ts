import type { Operations } from "../../compositions/operations.ts";
import type { Node } from "../../graph.ts";
import type { BlockedValues } from "./blockedValues.ts";

export interface Emission {
  readonly ops: Operations;
  readonly values: BlockedValues;
}

/**
 * Writes a node for images in blocks and sets what it gives; false where that cannot be done for these inputs, and nothing
 * has been written then.
 */
export type BlockedLowering = (node: Node, emission: Emission) => boolean;
