import type { Graph, Node, Pass, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { freshValue } from "../values.ts";

/**
 * A maximum commutes with monotone functions: ReLU and the addition of a bias give the same on a quarter of the
 * elements when they run behind a 2×2 pool, and so do their gradients and the sum that is the bias's gradient. Ties
 * that ReLU makes are all zero, where its gradient is zero too, so the choice among them does not matter.
 */
export const behindPool: Pass = (graph) =>
  [reluBehindPool, biasBehindPool, sumBehindPool].reduce((g, pass) => pass(g), graph);

/** maxPool(relu(z)) = relu(maxPool(z)), and for the gradient: where the pooled value is positive, before the pool. */
export const reluBehindPool: Pass = (graph) => {
  const uses = usesOf(graph);
  const pooled = new Map<Value, { readonly z: Value; readonly maximum: Value }>(); // by the pool's output
  for (const pool of graph.nodes) {
    if (pool.kernel !== "MaxPool") continue;
    const relu = uses.producer(pool.inputs["x"] as Value);
    const [output] = pool.outputs as readonly [Value];
    if (relu?.kernel !== "Relu" || !onlyPoolsRead(relu, uses)) continue;
    pooled.set(output, { z: relu.inputs["x"] as Value, maximum: freshValue(output.shape, output.dtype) });
  }

  return replaceNodes(graph, (node) => {
    const forward = node.kernel === "MaxPool" ? pooled.get(node.outputs[0] as Value) : undefined;
    if (forward !== undefined) {
      const { z, maximum } = forward;
      const scope = node.scope === undefined ? {} : { scope: node.scope };
      return [
        { ...node, inputs: { x: z }, outputs: [maximum] },
        { kernel: "Relu", inputs: { x: maximum }, attrs: {}, outputs: node.outputs, ...scope },
      ];
    }
    const gradient = inputValues(node.inputs)
      .map((operand) => uses.producer(operand))
      .find((producer) => producer?.kernel === "MaxPoolGrad");
    const backward = gradient && pooled.get(gradient.inputs["output"] as Value);
    if (node.kernel !== "Multiply" || gradient === undefined || backward === undefined) return undefined;
    const dy = gradient.inputs["dy"] as Value;
    const output = gradient.inputs["output"] as Value;
    const positive = freshValue(output.shape, "float32");
    const masked = freshValue(dy.shape, dy.dtype);
    return [
      { ...node, kernel: "Step", inputs: { x: output }, attrs: { alpha: 0 }, outputs: [positive] },
      { ...node, inputs: { a: dy, b: positive }, outputs: [masked] },
      {
        ...gradient,
        inputs: { dy: masked, input: backward.z, output: backward.maximum },
        outputs: node.outputs,
      },
    ];
  });
};

/** Nothing but the pool and the two gradients looks at the result of this ReLU, so nothing else needs it whole. */
function onlyPoolsRead(relu: Node, uses: Uses): boolean {
  const [result] = relu.outputs as readonly [Value];
  const z = relu.inputs["x"] as Value;
  const steps = [...uses.consumers(result), ...uses.consumers(z)].filter((node) => isStep(node));
  const masks = new Set(steps.map((step) => step.outputs[0] as Value));
  const isMasked = (gradient: Node): boolean =>
    uses
      .consumers(gradient.outputs[0] as Value)
      .every(
        (node) =>
          node.kernel === "Multiply" && inputValues(node.inputs).some((operand) => masks.has(operand)),
      );
  return (
    !uses.leaves(result) &&
    uses.consumers(result).every((node) => {
      if (node.kernel === "MaxPool" || isStep(node)) return true;
      return node.kernel === "MaxPoolGrad" && node.inputs["input"] === result && isMasked(node);
    }) &&
    uses.consumers(result).filter((node) => node.kernel === "MaxPool").length === 1
  );
}

const isStep = ({ kernel, attrs }: Node): boolean => kernel === "Step" && (attrs["alpha"] ?? 0) === 0;

/** maxPool(c + b) = maxPool(c) + b for one b a channel; the gradient's comparisons are the same without b. */
export const biasBehindPool: Pass = (graph) => {
  const uses = usesOf(graph);
  const pooled = new Map<Value, { readonly image: Value; readonly bias: Value; readonly maximum: Value }>();
  for (const pool of graph.nodes) {
    if (pool.kernel !== "MaxPool") continue;
    const x = pool.inputs["x"] as Value;
    const [output] = pool.outputs as readonly [Value];
    const parts = biasAddition(uses.producer(x));
    const pools = uses.consumers(x).filter((node) => node.kernel === "MaxPool");
    if (parts === undefined || pools.length !== 1 || !uses.consumers(x).every(isPooling) || uses.leaves(x))
      continue;
    pooled.set(output, { ...parts, maximum: freshValue(output.shape, output.dtype) });
  }

  return replaceNodes(graph, (node) => {
    const forward = node.kernel === "MaxPool" ? pooled.get(node.outputs[0] as Value) : undefined;
    if (forward !== undefined) {
      const { image, bias, maximum } = forward;
      return [
        { ...node, inputs: { x: image }, outputs: [maximum] },
        { ...node, kernel: "Add", inputs: { a: maximum, b: bias }, attrs: {}, outputs: node.outputs },
      ];
    }
    const backward = node.kernel === "MaxPoolGrad" ? pooled.get(node.inputs["output"] as Value) : undefined;
    if (backward === undefined) return undefined;
    return [{ ...node, inputs: { ...node.inputs, input: backward.image, output: backward.maximum } }];
  });
};

const isPooling = ({ kernel }: Node): boolean => kernel === "MaxPool" || kernel === "MaxPoolGrad";

function biasAddition(node: Node | undefined): { readonly image: Value; readonly bias: Value } | undefined {
  if (node?.kernel !== "Add") return undefined;
  const { a, b } = node.inputs as { readonly a: Value; readonly b: Value };
  for (const [image, bias] of [
    [a, b],
    [b, a],
  ] as const) {
    const channels = image.shape[3] as number;
    const perChannel = bias.shape.length <= 4 && bias.shape.at(-1) === channels;
    if (image.shape.length === 4 && perChannel && bias.shape.slice(0, -1).every((extent) => extent === 1)) {
      return { image, bias };
    }
  }
  return undefined;
}

/** A pool's gradient hands every incoming element on exactly once, so its sum is the sum of what comes in. */
export const sumBehindPool: Pass = (graph) => {
  const uses = usesOf(graph);
  return replaceNodes(graph, (node) => {
    const gradient = node.kernel === "Sum" ? uses.producer(node.inputs["x"] as Value) : undefined;
    if (gradient?.kernel !== "MaxPoolGrad" || String(node.attrs["axis"]) !== "0,1,2") {
      return undefined;
    }
    return [{ ...node, inputs: { x: gradient.inputs["dy"] as Value } }];
  });
};

interface Uses {
  producer(value: Value): Node | undefined;
  consumers(value: Value): readonly Node[];
  /** The value is an output or an update of the graph. */
  leaves(value: Value): boolean;
}

function usesOf(graph: Graph): Uses {
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const consumers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const value of new Set(inputValues(node.inputs)))
      consumers.set(value, [...(consumers.get(value) ?? []), node]);
  }
  const leaving = new Set([...graph.outputs.values(), ...graph.updates.values()]);
  return {
    producer: (value) => producers.get(value),
    consumers: (value) => consumers.get(value) ?? [],
    leaves: (value) => leaving.has(value),
  };
}

/** Puts other nodes, with the same outputs, in the place of some. */
function replaceNodes(graph: Graph, replacement: (node: Node) => readonly Node[] | undefined): Graph {
  return { ...graph, nodes: graph.nodes.flatMap((node) => replacement(node) ?? [node]) };
}
