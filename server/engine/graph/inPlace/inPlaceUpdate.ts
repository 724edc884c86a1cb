import type { Data } from "../../program.ts";
import type { Node, Value } from "../graph.ts";

/**
 * What an entry does to its state behind the runtime's graph: arithmetic on the elements of a parameter and on scalars, so one
 * pass over memory is enough.
 */
export interface InPlaceUpdate {
  readonly entry: string;
  readonly parameters: readonly ParameterUpdate[];
  /** Scalars that the update starts from, by what gives them. */
  readonly scalars: ReadonlyMap<Value, GivenScalar>;
  /** State tensors that are no state of the program: the runtime's graph fills them with what the update starts from. */
  readonly changes: readonly string[];
  /** Outputs of the entry that follow from sums. */
  readonly outputs: ReadonlyMap<string, Value>;
  /** Of the entry's graph. */
  readonly producers: ReadonlyMap<Value, Node>;
  readonly constants: ReadonlyMap<Value, Data>;
}

/** An input of the entry, or a change. */
type GivenScalar = { readonly input: string } | { readonly change: string };

/** A weight and what belongs to it, all of one size. */
export interface ParameterUpdate {
  readonly size: number;
  /** What is read, by the name of its state tensor: state as it was before the step, and changes such as the gradient. */
  readonly arrays: ReadonlyMap<Value, string>;
  readonly updates: ReadonlyMap<string, Value>;
  /** What is read beside the arrays: one number for all elements. */
  readonly scalars: ReadonlySet<Value>;
  /** Sums of all elements of what follows from the arrays, such as the squares of a gradient. */
  readonly sums: readonly Node[];
}
