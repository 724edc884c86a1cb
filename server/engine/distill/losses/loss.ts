import type { Tensor } from "@tensorflow/tfjs-core";
import type { NetOutputs } from "../../nets/net.ts";
import type { Tensors } from "../../program.ts";

/** What the label of each sample is: a class, or a weight for every class (mixed samples). */
export type Labels =
  | { readonly classes: Tensor /* int32 [batch] */; readonly weights?: never }
  | { readonly weights: Tensor /* [batch, classes], rows sum to 1 */; readonly classes?: never };

/** What the teacher says. It is a constant: no gradient flows into it. */
export interface TeacherOutputs {
  readonly logits: Tensor; // [batch, classes]
  /** Layer outputs by name, for losses on features; absent where only logits are known. */
  readonly taps?: Tensors;
}

/** All that a loss may look at. */
export interface LossInputs {
  readonly student: Pick<NetOutputs, "logits" | "taps">;
  readonly teacher?: TeacherOutputs;
  readonly labels: Labels;
}

/** A loss with its parameters filled in. */
export interface Loss {
  /** Whether it compares with the teacher. */
  readonly needsTeacher: boolean;
  /** The unweighted loss of a batch, a scalar. */
  readonly value: (inputs: LossInputs) => Tensor;
}
