import { input } from "../../compositions/operations.ts";
import { stored } from "./convertLayout.ts";
import { type Layout, NATURAL } from "./layout.ts";
import { type Emission, type Planner, tensorOf } from "./planner.ts";

/**
 * The dense layer behind a flattened image, laid out as [F, B], and its two gradients: one Gemm each, with flags in place of
 * transposes; the weights [F, N] have their rows in the image's order.
 */
export const product: Planner = (node, context) => {
  const [a, b] = [input(node, "a"), input(node, "b")];
  const transposeA = node.attrs["transposeA"] === true;
  const transposeB = node.attrs["transposeB"] === true;
  const [layoutA, layoutB] = [context.layoutOf(a), context.layoutOf(b)];
  if (a === b || a.shape.length !== 2 || b.shape.length !== 2) return undefined;
  const gemm = (
    layouts: readonly [Layout, Layout, Layout],
    [first, second]: readonly ["a" | "b", "a" | "b"],
    flags: { readonly transposeA: boolean; readonly transposeB: boolean },
  ) => ({
    reads: new Map([
      [a, layouts[0]],
      [b, layouts[1]],
    ]),
    outputs: [layouts[2]],
    emit: (emission: Emission) => {
      const tensors = { a: tensorOf(emission, a), b: tensorOf(emission, b) };
      return [stored(layouts[2], emission.ops.product(tensors[first], tensors[second], flags))];
    },
  });

  if (layoutA.kind === "columns") {
    const rows: Layout = { kind: "rows", flat: layoutA.flat };
    if (transposeA) return gemm([layoutA, NATURAL, rows], ["a", "b"], { transposeA: false, transposeB });
    if (!transposeB)
      return gemm([layoutA, rows, NATURAL], ["a", "b"], { transposeA: true, transposeB: false });
  }
  if (layoutB.kind === "rows" && transposeB) {
    const columns: Layout = { kind: "columns", flat: layoutB.flat };
    return gemm([NATURAL, layoutB, columns], ["b", "a"], { transposeA: false, transposeB: !transposeA });
  }
  return undefined;
};
