import type { Data, DType } from "../program.ts";
import type { Value } from "./graph.ts";

/** A tensor in a runtime's graph: a name, or a value of the traced graph that has been bound to one. */
export type Operand = string | Value;

/** Builds the graph of a runtime, in which tensors have names. */
export abstract class GraphBuilder {
  /** Prefix of the names of new nodes: their layer, for profiles and error messages. */
  scope = "";
  readonly #runtime: string;
  readonly #names = new Map<Value, string>();

  constructor(runtime: string) {
    this.#runtime = runtime;
  }

  abstract constant(data: Data, shape: readonly number[], dtype: DType): string;

  /** The name of a bound value. */
  name(operand: Operand): string {
    if (typeof operand === "string") return operand;
    const name = this.#names.get(operand);
    if (name === undefined)
      throw new Error(`value ${operand.id} [${operand.shape}] has no tensor in the ${this.#runtime} graph`);
    return name;
  }

  bind(value: Value, name: string): void {
    this.#names.set(value, name);
  }

  has(value: Value): boolean {
    return this.#names.has(value);
  }

  unbindAll(): void {
    this.#names.clear();
  }

  /** A float constant: a scalar, or a vector or tensor from an array. */
  float32(values: number | ArrayLike<number>, shape?: readonly number[]): string {
    const data = typeof values === "number" ? Float32Array.of(values) : Float32Array.from(values);
    return this.constant(data, shape ?? (typeof values === "number" ? [] : [data.length]), "float32");
  }

  int32(values: number | ArrayLike<number>, shape?: readonly number[]): string {
    const data = typeof values === "number" ? Int32Array.of(values) : Int32Array.from(values);
    return this.constant(data, shape ?? (typeof values === "number" ? [] : [data.length]), "int32");
  }

  /** A scalar of a given dtype, for operands that must have the dtype of a tensor. */
  scalar(value: number, dtype: DType): string {
    if (dtype === "bool") return this.constant(Uint8Array.of(value ? 1 : 0), [], "bool");
    return dtype === "int32" ? this.int32(value) : this.float32(value);
  }
}
