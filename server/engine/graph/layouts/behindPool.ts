import type { Attributes, Node, Pass, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { call } from "../passes/pattern.ts";
import { type Rewriter, type Rule, rewrite } from "../passes/rewrite.ts";

const isStep = (attrs: Attributes): boolean => (attrs["alpha"] ?? 0) === 0;

/** maxPool(relu(z)) = relu(maxPool(z)), and for the gradient: where the pooled value is positive, before the pool. */
export const reluBehindPool: readonly Rule[] = [
  {
    pattern: call("MaxPool", { x: call("Relu", { x: "z" }, { as: "relu" }) }),
    replace: ({ attrs }, rewriter, found) =>
      onlyPoolsRead(found("relu"), found("z"), rewriter)
        ? rewriter.emit("Relu", { x: rewriter.emit("MaxPool", { x: found("z") }, attrs) })
        : undefined,
  },
  ...["relu", "z"].map(
    (masked): Rule => ({
      pattern: call(
        "Multiply",
        {
          a: call(
            "MaxPoolGrad",
            {
              dy: "dy",
              input: call("Relu", { x: "z" }, { as: "relu" }),
              output: call("Relu", { x: call("MaxPool", { x: "z" }, { as: "maximum" }) }, { as: "pooled" }),
            },
            { as: "gradient" },
          ),
          b: call("Step", { x: masked }, { where: isStep }),
        },
        { commutes: true },
      ),
      replace(_, { emit, producer }, found) {
        const { attrs } = producer(found("gradient")) as Node;
        const positive = emit("Step", { x: found("pooled") }, { alpha: 0 });
        const dy = emit("Multiply", { a: found("dy"), b: positive });
        return emit("MaxPoolGrad", { dy, input: found("z"), output: found("maximum") }, attrs);
      },
    }),
  ),
];

/** Only one pool and the two gradients read the result of this ReLU, so nothing else needs all of it. */
function onlyPoolsRead(relu: Value, z: Value, { readers }: Rewriter): boolean {
  const [ofRelu, ofZ] = [readers(relu), readers(z)];
  if (!ofRelu || !ofZ || ofRelu.leaves) return false;
  const steps = [...ofRelu.nodes, ...ofZ.nodes].filter(
    ({ kernel, attrs }) => kernel === "Step" && isStep(attrs),
  );
  const masks = new Set(steps.map((step) => step.outputs[0] as Value));
  const isMasked = (gradient: Node): boolean =>
    readers(gradient.outputs[0] as Value)?.nodes.every(
      (node) => node.kernel === "Multiply" && inputValues(node.inputs).some((operand) => masks.has(operand)),
    ) ?? false;
  return (
    ofRelu.nodes.filter(({ kernel }) => kernel === "MaxPool").length === 1 &&
    ofRelu.nodes.every(
      (node) =>
        node.kernel === "MaxPool" ||
        steps.includes(node) ||
        (node.kernel === "MaxPoolGrad" && node.inputs["input"] === relu && isMasked(node)),
    )
  );
}

const biased = call("Add", { a: "image", b: "bias" }, { as: "sum" });

/** maxPool(c + b) = maxPool(c) + b for one b a channel; the gradient's comparisons are the same without b. */
export const biasBehindPool: readonly Rule[] = [
  {
    pattern: call("MaxPool", { x: biased }),
    replace({ attrs }, { emit, readers }, found) {
      const sum = readers(found("sum"));
      const pools = sum?.nodes.filter(({ kernel }) => kernel === "MaxPool");
      const onlyPools = sum?.nodes.every(({ kernel }) => kernel === "MaxPool" || kernel === "MaxPoolGrad");
      const operands = imageAndBias(found("image"), found("bias"));
      if (!sum || sum.leaves || !onlyPools || pools?.length !== 1 || !operands) return undefined;
      const { image, bias } = operands;
      return emit("Add", { a: emit("MaxPool", { x: image }, attrs), b: bias });
    },
  },
  {
    pattern: call("MaxPoolGrad", {
      dy: "dy",
      input: biased,
      output: call("Add", { a: call("MaxPool", { x: "pooled" }, { as: "maximum" }), b: "added" }),
    }),
    replace({ attrs }, { emit }, found) {
      const operands = imageAndBias(found("image"), found("bias"));
      if (operands?.image !== found("pooled") || operands.bias !== found("added")) return undefined;
      return emit("MaxPoolGrad", { dy: found("dy"), input: operands.image, output: found("maximum") }, attrs);
    },
  },
];

function imageAndBias(a: Value, b: Value): { readonly image: Value; readonly bias: Value } | undefined {
  for (const [image, bias] of [
    [a, b],
    [b, a],
  ] as const) {
    const perChannel = bias.shape.length <= 4 && bias.shape.at(-1) === image.shape[3];
    if (image.shape.length === 4 && perChannel && bias.shape.slice(0, -1).every((extent) => extent === 1))
      return { image, bias };
  }
  return undefined;
}

/** A max pool's gradient passes every incoming element on exactly once, so its sum is the sum of dy. */
export const sumBehindPool: readonly Rule[] = [
  {
    pattern: call(
      "Sum",
      { x: call("MaxPoolGrad", { dy: "dy" }) },
      { where: ({ axis }) => String(axis) === "0,1,2" },
    ),
    replace: ({ attrs }, { emit }, found) => emit("Sum", { x: found("dy") }, attrs),
  },
];

/**
 * A maximum commutes with monotone functions: ReLU and the addition of a bias give the same on a quarter of the
 * elements when they run behind a 2×2 pool, and so do their gradients and the sum that is the bias's gradient. Ties
 * that ReLU makes are all zero, where its gradient is zero too, so the choice among them does not matter.
 */
export const behindPool: Pass = (graph) =>
  rewrite(graph, [...reluBehindPool, ...biasBehindPool, ...sumBehindPool]);

/** Where a convolution adds its bias in the pass that makes it, the bias stays there. */
export const activationsBehindPool: Pass = (graph) => rewrite(graph, [...reluBehindPool, ...sumBehindPool]);
