import type { Tensor } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../sizeOf.ts";
import type { Ops } from "../layers/layer.ts";
import { type Forward, identityOrder, type Operand, type View } from "./operator.ts";

/**
 * The tensor of a view with its axes in another order: nothing where it lies so, a reshape where only axes of extent 1 move.
 */
export function inOrder(tf: Ops, { tensor, order }: View, wanted: readonly number[]): Tensor {
  if (order.join() === wanted.join()) return tensor;
  // Axis p of the result is the axis of the graph that `wanted` puts there.
  const perm = new Array<number>(order.length);
  for (const [axis, place] of wanted.entries()) perm[place] = order[axis] as number;
  const long = perm.filter((axis) => (tensor.shape[axis] as number) > 1);
  const shape = perm.map((axis) => tensor.shape[axis] as number);
  return long.every((axis, i) => i === 0 || axis > (long[i - 1] as number))
    ? tf.reshape(tensor, shape)
    : tf.transpose(tensor, perm);
}

export const plainView = (tensor: Tensor): View => ({ tensor, order: identityOrder(tensor.rank) });

/**
 * The inputs in one order of axes, that of the largest of full rank, ready to broadcast: so an image stays as it lies, and the
 * small vectors that go with it are turned.
 */
export function aligned(call: Forward): {
  readonly tensors: readonly Tensor[];
  readonly order: readonly number[];
} {
  const { tf, inputs } = call;
  const rank = Math.max(...inputs.map((input) => input?.shape.length ?? 0));
  const views = inputs.map((_, i) => call.view(i));
  const [largest] = inputs
    .map((input, i) => ({ input: input as Operand, view: views[i] as View }))
    .filter(({ input }) => input.shape.length === rank)
    .sort((a, b) => sizeOf(b.input.shape) - sizeOf(a.input.shape));
  const order = largest?.view.order ?? identityOrder(rank);
  const isPlain = order.every((place, axis) => place === axis);
  const tensors = views.map((view) => {
    const own = view.order.length;
    if (own === 0 || (isPlain && view.order.every((place, axis) => place === axis))) return view.tensor;
    const missing = rank - own;
    const full: View =
      missing === 0
        ? view
        : {
            tensor: tf.reshape(view.tensor, [...new Array<number>(missing).fill(1), ...view.tensor.shape]),
            order: [...identityOrder(missing), ...view.order.map((place) => place + missing)],
          };
    return inOrder(tf, full, order);
  });
  return { tensors, order };
}
