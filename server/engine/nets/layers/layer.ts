import type { Arguments, Initializer, ValuesOf } from "./arguments.ts";

export type Shape = readonly number[];

/** Why weight decay and initial values treat parameters differently. */
export type Role = "kernel" | "bias" | "norm" | "slope" | "position" | "average";

/** One weight tensor of a layer. */
export interface ParameterSpec {
  readonly shape: Shape;
  /** `kernel` alone decays; `average` is not trained but moves with the data (batch norm). */
  readonly role: Role;
  readonly initializer: Initializer;
}

/** What a layer makes of its inputs' shapes. Shapes are of one sample: [height, width, channels], without the batch. */
export interface LayerShape {
  readonly output: Shape;
  readonly parameters?: Readonly<Record<string, ParameterSpec>>;
  /** Numbers that the layer draws for each sample (or for the whole batch) of a training step. */
  readonly random?: RandomDraw;
}

export interface RandomDraw {
  readonly distribution: "uniform" | "normal";
  /** Without the batch axis, which is always there. */
  readonly shape: Shape;
}

/** The inputs do not fit the layer. */
export interface Mismatch {
  readonly expected: string;
  readonly found: string;
  /** The argument to blame, if it is one. */
  readonly argument?: string;
}

export const isMismatch = (value: object): value is Mismatch => "expected" in value;

export interface LayerType<A extends Arguments = Arguments> {
  readonly summary: string;
  readonly arguments: A;
  /** `many`: two or more inputs, which `inputs` names. */
  readonly inputs: "one" | "many";
  readonly shape: (inputs: readonly Shape[], args: ValuesOf<A>) => LayerShape | Mismatch;
}

/** Declares a layer of one input. */
export const layer = <const A extends Arguments>(
  summary: string,
  args: A,
  shape: (input: Shape, args: ValuesOf<A>) => LayerShape | Mismatch,
): LayerType<A> => ({
  summary,
  arguments: args,
  inputs: "one",
  shape: ([input], values) => shape(input as Shape, values),
});

/** Declares a layer of several inputs. */
export const mergeLayer = <const A extends Arguments>(
  summary: string,
  args: A,
  shape: (inputs: readonly Shape[], args: ValuesOf<A>) => LayerShape | Mismatch,
): LayerType<A> => ({ summary, arguments: args, inputs: "many", shape });

export const size = (shape: Shape): number => shape.reduce((product, d) => product * d, 1);

export const printShape = (shape: Shape): string => `[${shape.join(", ")}]`;

export const expectRank = (input: Shape, rank: number, axes: string): Mismatch | undefined =>
  input.length === rank ? undefined : { expected: `an input of shape ${axes}`, found: printShape(input) };

/** The axis of a sample that Keras's `axis` means, which counts the batch as axis 0; undefined when there is none such. */
export function axisOf(input: Shape, axis: number): number | undefined {
  const index = axis < 0 ? input.length + axis : axis - 1;
  return index >= 0 && index < input.length ? index : undefined;
}
