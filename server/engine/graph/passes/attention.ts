import { sizeOf } from "../../../sizeOf.ts";
import type { Value } from "../graph.ts";
import { call } from "./pattern.ts";
import { overLast, type Rule } from "./rewrite.ts";

const isTransposed = (a: boolean, b: boolean) => (attrs: { readonly [name: string]: unknown }) =>
  (attrs["transposeA"] ?? false) === a && (attrs["transposeB"] ?? false) === b;

/**
 * The gradient of attention, softmax(Q Kᵀ) V with shares S = softmax(…), without passes over [places, places] that a smaller
 * tensor can take.
 */
export const attention: readonly Rule[] = [
  // Σ_j S_ij (dO Vᵀ)_ij = Σ_f dO_if (S V)_if, and S V is there from the forward pass (Dao et al. 2022, section B.4).
  {
    pattern: call(
      "Sum",
      {
        x: call(
          "Multiply",
          {
            a: call("BatchMatMul", { a: "dy", b: "values" }, { where: isTransposed(false, true) }),
            b: "shares",
          },
          { commutes: true },
        ),
      },
      { where: overLast },
    ),
    replace({ attrs }, { emit, readers }, found) {
      const [dy, values, shares] = [found("dy"), found("values"), found("shares")];
      const mixed = readers(shares)?.nodes.find(
        ({ kernel, inputs, attrs }) =>
          kernel === "BatchMatMul" &&
          inputs["a"] === shares &&
          inputs["b"] === values &&
          isTransposed(false, false)(attrs),
      )?.outputs[0];
      if (mixed === undefined || sizeOf(mixed.shape) >= sizeOf(shares.shape)) return undefined;
      const again = emit("BatchMatMul", { a: shares, b: values }, { transposeA: false, transposeB: false });
      const axis = [dy.shape.length - 1];
      return emit("Sum", { x: emit("Multiply", { a: dy, b: again }) }, { ...attrs, axis });
    },
  },
  // tfjs spells the gradient of a softmax as dy · y − Σ(dy · y) · y.
  {
    pattern: call("Sub", {
      a: call("Multiply", { a: "dy", b: "y" }),
      b: call("Multiply", { a: "total", b: "y" }, { commutes: true }),
    }),
    replace(_, { emit }, found) {
      const [dy, y, total] = [found("dy"), found("y"), found("total")] as [Value, Value, Value];
      const isRows = total.shape.at(-1) === 1 && total.shape.length === y.shape.length && sizeOf(y.shape) > 1;
      return isRows && y.shape.at(-1) !== 1
        ? emit("Multiply", { a: emit("Sub", { a: dy, b: total }), b: y })
        : undefined;
    },
  },
];
