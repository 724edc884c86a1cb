import { sizeOf } from "../../../sizeOf.ts";
import type { Node, Pass, Value } from "../graph.ts";
import { ADD_PRODUCT, FUSED_PRODUCT, HALVED_SUM, POSITIVE, STANDARDIZE } from "../kernels/runtimeKernels.ts";
import { aliases } from "./aliases.ts";
import { call } from "./pattern.ts";
import { overLast, type Rewriter, type Rule, rewrite, rule } from "./rewrite.ts";

/** The last pass over a graph for ONNX Runtime's kernels for the CPU. */
export const fuse: Pass = (graph) => rewrite(graph, [...aliases, ...runtimeFusions]);

const centred = call("Sub", { a: "x", b: call("Mean", { x: "x" }, { where: overLast }) });

/** What those kernels compute in one pass. */
const runtimeFusions: readonly Rule[] = [
  // A layer norm: its own kernel gives the deviations' reciprocals, too, which the gradient reads.
  {
    pattern: call("Rsqrt", {
      x: call(
        "Add",
        { a: call("Mean", { x: call("Square", { x: centred }) }, { where: overLast }), b: "epsilon" },
        { commutes: true },
      ),
    }),
    replace({ outputs: [inverse] }, { emitAs, constant }, found) {
      const [x, epsilon] = [found("x"), constant(found("epsilon"))];
      if (epsilon?.length !== 1) return undefined;
      return emitAs(STANDARDIZE, { x }, { epsilon: epsilon[0] }, [x, inverse as Value])[1];
    },
  },
  {
    pattern: call("Multiply", { a: centred, b: "inverse" }, { commutes: true }),
    replace(_, { producer }, found) {
      const norm = producer(found("inverse"));
      return norm?.kernel === STANDARDIZE && norm.inputs["x"] === found("x") ? norm.outputs[0] : undefined;
    },
  },
  // Where nothing else reads what is normalised, as in an evaluation, scale and shift are taken by the same pass.
  {
    pattern: call(
      "Add",
      { a: call("Multiply", { a: "normal", b: "scale" }, { commutes: true, as: "scaled" }), b: "shift" },
      { commutes: true },
    ),
    replace(_, rewriter, found) {
      const [normal, scale, shift] = [found("normal"), found("scale"), found("shift")];
      const norm = rewriter.producer(normal);
      const size = normal.shape.at(-1) as number;
      if (norm?.kernel !== STANDARDIZE || norm.inputs["scale"] || norm.outputs[0] !== normal)
        return undefined;
      if (![scale, shift].every(({ shape }) => shape.length === 1 && shape[0] === size)) return undefined;
      if (!isReadOnce(rewriter, normal) || !isReadOnce(rewriter, found("scaled"))) return undefined;
      const inputs = { ...norm.inputs, scale, shift };
      return rewriter.emitAs(STANDARDIZE, inputs, norm.attrs, norm.outputs)[0];
    },
  },
  // (1 + erf) / 2
  {
    pattern: call(
      "Multiply",
      {
        a: call("Add", { a: call("Erf", {}, { as: "erf" }), b: "one" }, { commutes: true }),
        b: "half",
      },
      { commutes: true },
    ),
    replace(_, { emitAs, constant }, found) {
      const [erf, one, half] = [found("erf"), constant(found("one")), constant(found("half"))];
      const isIt = one?.length === 1 && one[0] === 1 && half?.length === 1 && half[0] === 0.5;
      return isIt ? emitAs(HALVED_SUM, { x: erf }, {}, [erf])[0] : undefined;
    },
  },
  rule("Step", ({ inputs, attrs, outputs: [output] }, { emitAs }) => {
    const x = inputs["x"] as Value;
    return attrs["alpha"] || x.dtype !== "float32"
      ? undefined
      : emitAs(POSITIVE, { x }, {}, [output as Value])[0];
  }),
  // Operands are read as they lie.
  rule("BatchMatMul", ({ inputs, attrs, outputs: [output] }, { emitAs }) =>
    isMatrices(output as Value) || !(attrs["transposeA"] || attrs["transposeB"])
      ? undefined
      : emitAs(FUSED_PRODUCT, inputs, attrs, [output as Value])[0],
  ),
  // Aᵀ B of many small matrices, as attention's gradients have it: the runtime takes half of that time for Bᵀ A, and the axes of
  // B and of the product are turned anyway.
  {
    pattern: call(
      "Transpose",
      {
        x: call(
          ["BatchMatMul", FUSED_PRODUCT],
          { a: "a", b: call("Transpose", { x: "x" }, { where: swapsMiddle }) },
          { as: "product", where: ({ transposeA, transposeB }) => transposeA === true && !transposeB },
        ),
      },
      { where: swapsMiddle },
    ),
    replace(_, rewriter, found) {
      if (!isReadOnce(rewriter, found("product"))) return undefined;
      const { emit } = rewriter;
      const turned = emit("Transpose", { x: found("x") }, { perm: [0, 2, 3, 1] });
      const product = emit(
        "BatchMatMul",
        { a: turned, b: found("a") },
        { transposeA: false, transposeB: false },
      );
      return emit("Transpose", { x: product }, { perm: [0, 3, 1, 2] });
    },
  },
  // A bias, or what a product is added to.
  {
    pattern: call("Add", { a: call("BatchMatMul", {}, { as: "product" }), b: "c" }, { commutes: true }),
    replace({ outputs: [output] }, rewriter, found) {
      const [product, c] = [found("product"), found("c")];
      if (!isMatrices(product) || !isReadOnce(rewriter, product) || !spreads(c, product)) return undefined;
      if (sizeOf(product.shape) >= worthAdding) return undefined;
      const { inputs, attrs } = rewriter.producer(product) as Node;
      return rewriter.emitAs(ADD_PRODUCT, { ...inputs, c }, attrs, [output as Value])[0];
    },
  },
];

/** [batch, places, heads, features] to [batch, heads, places, features], and back. */
function swapsMiddle({ perm }: Node["attrs"]): boolean {
  return String(perm) === "0,2,1,3";
}

/** Values of a product, to which the runtime copies what is added on one thread, while an addition is shared out among all. */
const worthAdding = 1 << 18;

const isMatrices = ({ shape, dtype }: Value): boolean => shape.length === 2 && dtype === "float32";

/** Whether c has the product's shape, or that of one of its rows. */
function spreads({ shape, dtype }: Value, product: Value): boolean {
  if (dtype !== "float32" || shape.length > 2 || sizeOf(shape) === 1) return false;
  const [rows = 1, columns = 1] = shape.length === 1 ? [1, ...shape] : shape;
  return columns === product.shape[1] && (rows === 1 || rows === product.shape[0]);
}

function isReadOnce({ readers }: Rewriter, value: Value): boolean {
  const known = readers(value);
  return known !== undefined && !known.leaves && known.nodes.length === 1;
}
