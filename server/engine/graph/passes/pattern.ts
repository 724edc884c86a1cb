import type { Attributes, Node, Value } from "../graph.ts";

/**
 * Pattern for a value. A string is a name: it matches any value, and the same value wherever the name recurs. A call matches a
 * value that one of its kernels computes from inputs that match in turn.
 */
type Pattern = string | Call;

export interface Call {
  readonly kernels: readonly string[];
  /** Inputs that are not named match anything. */
  readonly inputs: Readonly<Record<string, Pattern>>;
  /** A name for the value itself. */
  readonly as?: string;
  readonly where?: (attrs: Attributes, node: Node) => boolean;
  /** The inputs a and b may be swapped. */
  readonly commutes?: boolean;
}

export function call(
  kernels: string | readonly string[],
  inputs: Call["inputs"] = {},
  more: Pick<Call, "as" | "where" | "commutes"> = {},
): Call {
  return { kernels: typeof kernels === "string" ? [kernels] : kernels, inputs, ...more };
}

/** The values that matched the names of a pattern. */
export type Found = (name: string) => Value;

/** @param producer of a value, undefined for inputs, state and constants */
export function find(
  pattern: Call,
  node: Node,
  producer: (value: Value) => Node | undefined,
): Found | undefined {
  const values = matchNode(pattern, node, { producer, values: new Map() });
  return (
    values &&
    ((name) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`the pattern of a ${node.kernel} has no name ${name}`);
      return value;
    })
  );
}

type Values = ReadonlyMap<string, Value>;
interface SoFar {
  readonly producer: (value: Value) => Node | undefined;
  readonly values: Values;
}

function matchNode(pattern: Call, node: Node, { producer, values }: SoFar): Values | undefined {
  if (!pattern.kernels.includes(node.kernel) || pattern.where?.(node.attrs, node) === false) return undefined;
  const named = pattern.as === undefined ? values : bound(pattern.as, node.outputs[0] as Value, values);
  const given = pattern.inputs;
  const { a, b } = given;
  const orders = pattern.commutes && a && b ? [given, { ...given, a: b, b: a }] : [given];
  for (const inputs of orders) {
    const found = Object.entries(inputs).reduce(
      (values: Values | undefined, [name, input]) =>
        values && matchValue(input, node.inputs[name] as Value, { producer, values }),
      named,
    );
    if (found) return found;
  }
  return undefined;
}

function matchValue(pattern: Pattern, value: Value, { producer, values }: SoFar): Values | undefined {
  if (typeof pattern === "string") return bound(pattern, value, values);
  const node = producer(value);
  return node && matchNode(pattern, node, { producer, values });
}

function bound(name: string, value: Value, values: Values): Values | undefined {
  const before = values.get(name);
  if (before !== undefined) return before === value ? values : undefined;
  return new Map([...values, [name, value]]);
}
