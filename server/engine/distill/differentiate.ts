// tfjs-core's bundle for Node has no gradients, and its single files do not load there. tf.layers' bundle registers all.
import "@tensorflow/tfjs-layers";
import { engine, keep, type Tensor, zerosLike } from "@tensorflow/tfjs-core";
import type { Tensors } from "../program.ts";

/**
 * Value and gradients of a scalar function of named weights, and its other outputs.
 * @param f gives the scalar `value`, and in `beside` tensors that are not differentiated
 * A weight that the value does not depend on has a gradient of zeros.
 */
export function differentiate(
  weights: Tensors,
  f: () => { readonly value: Tensor; readonly beside: Tensors },
): { readonly value: Tensor; readonly gradients: Tensors; readonly beside: Tensors } {
  let beside: Tensors = {};
  const names = Object.keys(weights);
  const { value, grads } = engine().gradients(
    () => {
      const result = f();
      // The forward pass has its own scope, which only its value leaves; kept tensors are disposed below.
      beside = Object.fromEntries(
        Object.entries(result.beside).map(([name, tensor]) => [name, keep(tensor.clone())]),
      );
      return result.value;
    },
    names.map((name) => weights[name] as Tensor),
    undefined,
    true,
  );
  const gradients = Object.fromEntries(
    names.map((name, i) => [name, (grads[i] as Tensor | undefined) ?? zerosLike(weights[name] as Tensor)]),
  );
  const released = Object.fromEntries(
    Object.entries(beside).map(([name, tensor]) => {
      const copy = tensor.clone();
      tensor.dispose();
      return [name, copy];
    }),
  );
  return { value, gradients, beside: released };
}
