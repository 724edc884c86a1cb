import type { Operations } from "../../compositions/operations.ts";
import type { Node } from "../../graph.ts";
import type { BlockedValues } from "./blockedValues.ts";

export interface Emission {
  readonly ops: Operations;
  readonly values: BlockedValues;
}

/**
 * Emits a node for images in blocks and sets its outputs; gives false, and has emitted nothing, where these inputs do not allow
 * that.
 */
export type BlockedLowering = (node: Node, emission: Emission) => boolean;
