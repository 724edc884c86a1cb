import type { DType, TensorSpec } from "../../program.ts";
import type { Value } from "../graph.ts";
import type { TensorflowGraph } from "./tensorflowGraph.ts";
import type { ElementType } from "./tensorflowSchema.ts";

/** Where the nodes of an entry run: once, or in each round of a loop. */
export interface Rounds {
  /** A feed of this name, inside the round. */
  feed(name: string, spec: TensorSpec): string;
  /** A variable's handle, inside the round. */
  handle(variable: string): string;
  /** Reads of variables come after it. */
  readonly begun: readonly string[];
  /**
   * Ends the round after `updated`, a node, with its outputs.
   *
   * @returns the tensors to be fetched: each output, and one that says that everything is done
   */
  end(updated: string, outputs: ReadonlyMap<string, Value>): { outputs: Map<string, string>; done: string };
  /** The tensor that is fed the number of rounds. */
  readonly times?: string;
}

export function once(graph: TensorflowGraph, prefix: string): Rounds {
  return {
    feed: (name, { shape, dtype }) => graph.node("Placeholder", [], { dtype, shape: { shape } }, { name }),
    handle: (variable) => variable,
    begun: [],
    end: (updated, outputs) => ({
      outputs: new Map(
        [...outputs].map(([name, value], i) => [
          name,
          graph.node(
            "Identity",
            [value],
            { T: value.dtype },
            { name: `${prefix}/output/${i}`, after: [updated] },
          ),
        ]),
      ),
      done: graph.node(
        "Identity",
        [graph.float32(0)],
        { T: "float32" },
        { name: `${prefix}/done`, after: [updated] },
      ),
    }),
  };
}

/**
 * A loop of TensorFlow's first kind (Yu et al., "Dynamic Control Flow in Large-Scale Machine Learning", EuroSys 2018), which
 * sessions run without functions: Enter brings a tensor in, Merge gives it or what NextIteration brings back, and Switch sends
 * it into another round or, by Exit, out. The counter goes on only after the updates, and what reads variables waits for the
 * counter, so that rounds follow one another as calls would. Outputs are collected in lists that go round with it.
 */
export function repeated(
  graph: TensorflowGraph,
  prefix: string,
  specs: ReadonlyMap<string, TensorSpec>,
): Rounds {
  const frame = `${prefix}/loop`;
  const times = graph.node(
    "Placeholder",
    [],
    { dtype: "int32", shape: { shape: [] } },
    { name: `${prefix}/times` },
  );
  const enter = (tensor: string, dtype: ElementType, isConstant: boolean) =>
    graph.node("Enter", [tensor], {
      T: dtype,
      frame_name: frame,
      is_constant: isConstant,
      parallel_iterations: 1,
    });
  const lists = new Map(
    [...specs].map(([name, { shape, dtype }]) => [
      name,
      graph.node("TensorListReserve", [graph.int32(shape), times], {
        element_dtype: dtype,
        shape_type: "int32",
      }),
    ]),
  );
  const next = (i: number) => `${frame}/next/${i}`;
  const carried = (tensor: string, dtype: ElementType, i: number) =>
    graph.node("Merge", [enter(tensor, dtype, false), next(i)], { T: dtype, N: 2 });
  const counter = carried(graph.int32(0), "int32", 0);
  const merged = [...lists.values()].map((list, i) => carried(list, "variant", i + 1));
  const limit = enter(times, "int32", true);
  const goesOn = graph.node("LoopCond", [graph.node("Less", [counter, limit], { T: "int32" })], {});
  const switched = (merge: string, dtype: ElementType) => graph.node("Switch", [merge, goesOn], { T: dtype });
  const [counting, ...listing] = [
    switched(counter, "int32"),
    ...merged.map((list) => switched(list, "variant")),
  ] as [string, ...string[]];
  const round = graph.node("Identity", [`${counting}:1`], { T: "int32" });
  const begun = nodeNamed(round);
  graph.inLoop(begun);
  const following = graph.node("AddV2", [round, graph.int32(1)], { T: "int32" });

  return {
    times,
    begun: [begun],
    handle: (variable) => enter(variable, "resource", true),
    feed: (name, { shape, dtype }) => {
      graph.inLoop(undefined);
      const place = { name };
      const all = graph.node("Placeholder", [], { dtype, shape: { shape: [-1, ...shape] } }, place);
      const entered = enter(all, dtype, true);
      graph.inLoop(begun);
      return elementOf(graph, entered, { at: round, following, dtype });
    },
    end: (updated, outputs) => {
      const kept = [...outputs.values()].map((value, i) =>
        graph.node("TensorListSetItem", [`${listing[i]}:1`, round, value], {
          element_dtype: value.dtype,
          resize_if_index_out_of_bounds: false,
        }),
      );
      const counted = graph.node("Identity", [following], { T: "int32" }, { after: [updated] });
      graph.inLoop(undefined);
      graph.node("NextIteration", [counted], { T: "int32" }, { name: next(0) });
      for (const [i, list] of kept.entries())
        graph.node("NextIteration", [list], { T: "variant" }, { name: next(i + 1) });
      const done = graph.node("Exit", [counting], { T: "int32" });
      const stacked = [...outputs].map(([name, { shape, dtype }], i): [string, string] => {
        const list = graph.node("Exit", [listing[i] as string], { T: "variant" });
        return [name, stack(graph, list, { shape, dtype })];
      });
      return { outputs: new Map(stacked), done };
    },
  };
}

/** Row `at` of a tensor, without the copy of an index to a card that a gather would need. */
function elementOf(
  graph: TensorflowGraph,
  tensor: string,
  { at, following, dtype }: { at: string; following: string; dtype: DType },
): string {
  const bound = (index: string) => graph.node("Pack", [index], { T: "int32", N: 1, axis: 0 });
  return graph.node("StridedSlice", [tensor, bound(at), bound(following), graph.int32([1])], {
    T: dtype,
    Index: "int32",
    begin_mask: 0,
    end_mask: 0,
    ellipsis_mask: 0,
    new_axis_mask: 0,
    shrink_axis_mask: 1,
  });
}

function stack(graph: TensorflowGraph, list: string, { shape, dtype }: TensorSpec): string {
  return graph.node("TensorListStack", [list, graph.int32(shape)], {
    element_dtype: dtype,
    num_elements: -1,
  });
}

const nodeNamed = (output: string) => output.replace(/:\d+$/, "");
