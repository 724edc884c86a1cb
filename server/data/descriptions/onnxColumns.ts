import type { ModelPort } from "../../fileHeaders.ts";

/** Of a node: what goes in and comes out. */
export interface Wired {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Type of its output, where it converts to one. */
  readonly castTo?: string | undefined;
}

/**
 * Puts the shares of absent and there, of each of several labels, in place of what scikit-learn's exporter makes of a single tree's:
 * whether they are above 0 (skl2onnx/operator_converters/decision_tree.py).
 */
export const withSharesUnrounded = (
  outputs: readonly ModelPort[],
  nodes: readonly Wired[],
): readonly ModelPort[] => {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const before = (node: Wired | undefined) => makers.get(node?.inputs[0] ?? "");
  return outputs.map((port) => {
    const back = makers.get(port.name);
    const rounded = before(back);
    const turned = before(rounded);
    const [from] = rounded?.inputs ?? [];
    const isRounded =
      back?.operator === "Cast" &&
      rounded?.castTo === "bool" &&
      turned?.operator === "Transpose" &&
      before(turned)?.operator === "ArrayFeatureExtractor";
    return isRounded && from !== undefined ? { ...port, name: from, isInside: true } : port;
  });
};

/**
 * Puts scores [batch, classes] in place of outputs that are their columns, each [batch] and cut from the same tensor: what
 * scikit-learn's exporter makes of them where it is asked for `zipmap: "columns"` (skl2onnx/operator_converters/zip_map.py). Other
 * numbers a sample, two heads of a network for one, stay as they are.
 * @param constant the whole numbers that a tensor of the file holds
 */
export function withColumnsJoined(
  outputs: readonly ModelPort[],
  nodes: readonly Wired[],
  constant: (name: string) => readonly number[],
): readonly ModelPort[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const cuts = new Map(outputs.map((port) => [port, columnOf(port, { makers, constant })]));
  const [first] = [...cuts.values()].filter((cut) => cut !== undefined);
  const columns = outputs.filter((port) => cuts.get(port)?.from === first?.from && cuts.get(port));
  const areAll = columns.length > 1 && columns.every((port, i) => cuts.get(port)?.column === i);
  if (first === undefined || !areAll) return outputs;
  const { dtype = "unknown" } = columns[0] as ModelPort;
  const whole = { name: first.from, shape: [-1, columns.length], dtype, isInside: true };
  return outputs.flatMap((port) => (port === columns[0] ? [whole] : columns.includes(port) ? [] : [port]));
}

interface Cut {
  readonly from: string;
  readonly column: number;
}

function columnOf(
  { name, shape }: ModelPort,
  {
    makers,
    constant,
  }: { readonly makers: ReadonlyMap<string, Wired>; readonly constant: (name: string) => readonly number[] },
): Cut | undefined {
  const flat = makers.get(name);
  const slice = makers.get(flat?.inputs[0] ?? "");
  if (flat?.operator !== "Reshape" || slice?.operator !== "Slice" || shape.length !== 1) return undefined;
  const [from, starts = "", ends = "", axes = ""] = slice.inputs;
  const [[column], [end], [axis]] = [constant(starts), constant(ends), constant(axes)];
  if (from === undefined || column === undefined || end !== column + 1 || axis !== 1) return undefined;
  return { from, column };
}
