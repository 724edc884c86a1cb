import type { GraphNode, GraphTensor } from "./graph.ts";
import { operatorType } from "./operatorTypes.ts";

interface Untied {
  readonly nodes: readonly GraphNode[];
  readonly tensors: ReadonlyMap<string, GraphTensor>;
  /** The constant that another one is a copy of. */
  readonly copies: ReadonlyMap<string, string>;
}

/**
 * Exporters keep equal constants once, so the weights of an untrained network that begin alike, ones and zeros of norms and biases,
 * would be trained as one. Each reader gets its own: the one that an Identity names for it, or a copy under the node's name.
 */
export function untied(nodes: readonly GraphNode[], tensors: ReadonlyMap<string, GraphTensor>): Untied {
  const own = new Map(tensors);
  const copies = new Map<string, string>();
  const copy = (from: string, name: string) => {
    copies.set(name, copies.get(from) ?? from);
    own.set(name, { ...(own.get(from) as GraphTensor), name });
  };
  const named = nodes.filter(({ operator, inputs: [from = ""], outputs: [name = ""] }) => {
    const isCopy =
      operator === "Identity" && own.get(from)?.dtype === "float32" && name !== "" && !own.has(name);
    if (isCopy) copy(from, name);
    return !isCopy;
  });
  const taken = new Set<string>();
  const apart = named.map((node) => {
    const roles = operatorType(node.operator)?.roles ?? [];
    const inputs = node.inputs.map((name, i) => {
      const tensor = own.get(name);
      const isAdded = roles[i] === "norm" || roles[i] === "bias" || roles[i] === "average";
      if (tensor === undefined || tensor.shape.length !== 1 || !isAdded || !isUniform(tensor)) return name;
      const alone = `${name}.${node.name}`;
      if (!taken.has(name) || own.has(alone)) {
        taken.add(name);
        return name;
      }
      copy(name, alone);
      return alone;
    });
    return { ...node, inputs };
  });
  return { nodes: apart, tensors: own, copies };
}

/** As a weight is before it is trained. */
function isUniform({ dtype, values, isNode }: GraphTensor): boolean {
  if (dtype !== "float32" || isNode || values === undefined || values.length < 2) return false;
  return Array.from(values).every((value) => value === values[0]);
}
