import type { Graph, Node, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { isElementwise } from "../passes/isElementwise.ts";
import { type Position, positions, reach, windowsOf } from "../slidingWindows.ts";
import { sameShape } from "../values.ts";

/** The positions (ascending) outside of which an image is exactly zero. Absent: unknown. */
export type Support = ReadonlyMap<Value, readonly Position[]>;

/**
 * Gradients of convolutions and pools are zero at positions that no window reads. The lowering leaves out those positions and
 * everything that is only multiplied with them.
 */
export function findSupport(graph: Graph): Support {
  const support = new Map<Value, readonly Position[]>();
  for (const node of graph.nodes) {
    const [output] = node.outputs;
    if (output?.shape.length !== 4) continue;
    const found = supportOf(node, output, support);
    if (found !== undefined) support.set(output, found);
  }
  return support;
}

/** f(0) = 0. */
const KEEPS_ZERO: ReadonlySet<string> = new Set([
  ...[
    "Abs",
    "Cast",
    "Identity",
    "LeakyRelu",
    "Neg",
    "Relu",
    "Relu6",
    "Sign",
    "Sqrt",
    "Square",
    "Step",
    "Tanh",
  ],
]);

function supportOf(node: Node, output: Value, support: Support): readonly Position[] | undefined {
  if (/(Conv2D|DepthwiseConv2dNative)BackpropInput|PoolGrad/.test(node.kernel))
    return scattered(node, support);
  if (!isElementwise(node.kernel)) return undefined;
  const images = inputValues(node.inputs).filter((input) => sameShape(input.shape, output.shape));
  const supports = images.map((image) => support.get(image));
  if (KEEPS_ZERO.has(node.kernel)) return supports[0];
  switch (node.kernel) {
    case "Multiply":
      return supports.reduce(
        (a, b) => (a === undefined || b === undefined ? (a ?? b) : intersect(a, b)),
        undefined,
      );
    case "RealDiv":
      return images[0] === node.inputs["a"] ? supports[0] : undefined;
    case "Add":
    case "AddN":
    case "Sub":
      return images.length === inputValues(node.inputs).length ? unite(supports) : undefined;
    case "Select":
      return unite([node.inputs["t"], node.inputs["e"]].map((branch) => support.get(branch as Value)));
    default:
      return undefined;
  }
}

/** A gradient with respect to the windows' input is nonzero only inside the windows of the incoming gradient. */
function scattered(node: Node, support: Support): readonly Position[] | undefined {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const incoming = support.get(node.inputs["dy"] as Value) ?? positions(windows.outputs);
  const reached = reach(windows, incoming);
  return reached.length === windows.inputs ? undefined : reached;
}

export function intersect(a: readonly Position[], b: readonly Position[]): readonly Position[] {
  const inB = new Set(b);
  return a.filter((position) => inB.has(position));
}

function unite(supports: readonly (readonly Position[] | undefined)[]): readonly Position[] | undefined {
  const union = new Set<Position>();
  for (const support of supports) {
    if (support === undefined) return undefined;
    for (const position of support) union.add(position);
  }
  return [...union].sort((a, b) => a - b);
}
