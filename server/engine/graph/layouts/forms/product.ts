import { stored } from "../convert.ts";
import { type Form, input, tensorOf } from "../form.ts";
import { type Layout, NATURAL } from "../layout.ts";

/**
 * The dense layer behind a flattened image, held as [F, B], and its two gradients: one Gemm each, its flags stand for
 * the transposes, and the weights [F, N] have their rows in the order of the image's.
 */
export const product: Form = (node, look) => {
  const [a, b] = [input(node, "a"), input(node, "b")];
  const transA = Number(node.attrs["transposeA"]);
  const transB = Number(node.attrs["transposeB"]);
  const [layoutA, layoutB] = [look.layoutOf(a), look.layoutOf(b)];
  if (a === b || a.shape.length !== 2 || b.shape.length !== 2) return undefined;
  const gemm = (
    layouts: readonly [Layout, Layout, Layout],
    [first, second]: readonly ["a" | "b", "a" | "b"],
    flags: { readonly transA: number; readonly transB: number },
  ) => ({
    reads: new Map([
      [a, layouts[0]],
      [b, layouts[1]],
    ]),
    outputs: [layouts[2]],
    emit: (emission: Parameters<typeof tensorOf>[0]) => {
      const tensors = { a: tensorOf(emission, a), b: tensorOf(emission, b) };
      return [stored(layouts[2], emission.graph.node("Gemm", [tensors[first], tensors[second]], flags))];
    },
  });

  if (layoutA.kind === "columns" && transA === 0 && transB === 0) {
    const rows: Layout = { kind: "rows", flat: layoutA.flat };
    return gemm([layoutA, rows, NATURAL], ["a", "b"], { transA: 1, transB: 0 });
  }
  if (layoutA.kind === "columns" && transA === 1) {
    const rows: Layout = { kind: "rows", flat: layoutA.flat };
    return gemm([layoutA, NATURAL, rows], ["a", "b"], { transA: 0, transB });
  }
  if (layoutB.kind === "rows" && transB === 1) {
    const columns: Layout = { kind: "columns", flat: layoutB.flat };
    return gemm([NATURAL, layoutB, columns], ["b", "a"], { transA: 0, transB: transA === 1 ? 0 : 1 });
  }
  return undefined;
};
