import { log, maximum, scalar, sub, type Tensor } from "@tensorflow/tfjs-core";
import type { TaskName } from "../../tasks/tasks.ts";
import type { Net } from "../nets/net.ts";
import type { Tensors } from "../program.ts";
import { leastProbability } from "./leastProbability.ts";
import type { TeacherOutputs } from "./losses/loss.ts";
import { inGroup, tapGroup, teacherGroup } from "./names.ts";
import { required } from "./optimizers/optimizer.ts";

/** Source of the teacher's logits: fed with the batch (cached, or from another runtime), or a net in the step. */
export type TeacherInLoop =
  | "fed"
  | {
      readonly net: Net;
      /** `own`: the teacher has its own input, `teacherX`, because it is normalised differently. */
      readonly input: "shared" | "own";
      readonly outputs: "logits" | "probabilities";
    };

/** The teacher runs in inference mode, outside of the gradient; nothing of it can change. */
export function teacherOutputs(
  { inLoop, task }: { readonly inLoop: Exclude<TeacherInLoop, "fed"> | undefined; readonly task: TaskName },
  state: Tensors,
  inputs: Tensors,
): TeacherOutputs {
  if (!inLoop) return { logits: required(inputs, "teacherLogits"), taps: inGroup(tapGroup, inputs) };
  const x = required(inputs, inLoop.input === "own" ? "teacherX" : "x");
  const { logits, taps } = inLoop.net.apply(inGroup(teacherGroup, state), x, { training: false });
  const logOf = (p: Tensor) => log(maximum(p, scalar(leastProbability)));
  if (inLoop.outputs === "logits") return { logits, taps };
  return { logits: task === "multiLabel" ? sub(logOf(logits), logOf(sub(1, logits))) : logOf(logits), taps };
}
