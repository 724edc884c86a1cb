import type { Tensor } from "@tensorflow/tfjs-core";
import {
  defined,
  type Parameter,
  type Parameters,
  parameter,
  text,
  type ValuesOf,
} from "../../parameters/parameter.ts";
import type { Initializer } from "./arguments.ts";

export type Shape = readonly number[];

/** Why weight decay and initial values treat parameters differently. */
type Role = "kernel" | "bias" | "norm" | "slope" | "position" | "average";

/** One weight tensor of a layer. */
export interface ParameterSpec {
  readonly shape: Shape;
  /** `kernel` alone decays; `average` is not trained but moves with the data (batch norm). */
  readonly role: Role;
  readonly initializer: Initializer;
  /** Of an LSTM's biases: the number of gates' units, of which the second has 1 added. */
  readonly forgets?: number;
}

/** What a layer makes of its inputs' shapes. Shapes are of one sample: [height, width, channels], without the batch. */
export interface LayerShape {
  readonly output: Shape;
  readonly parameters?: Readonly<Record<string, ParameterSpec>>;
  /** Numbers that the layer draws for each sample (or for the whole batch) of a training step. */
  readonly random?: RandomDraw;
  /** What losses can compare beside its output, by the name that follows the layer's: `LAYER.scores`. */
  readonly taps?: Readonly<Record<string, Shape>>;
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

/** tfjs, which a layer receives and never imports, so that computing shapes (the editor, `distill check`) does not load it. */
export type Ops = typeof import("@tensorflow/tfjs-core");

/** Of a layer, or their averages, by name. */
export type Weights = Readonly<Record<string, Tensor>>;

/** What a layer computes with, beside its arguments. Tensors have the batch as their first axis. */
export interface ForwardContext {
  readonly tf: Ops;
  /** The first of `inputs`. */
  readonly x: Tensor;
  readonly inputs: readonly Tensor[];
  readonly weights: Weights;
  readonly training: boolean;
  /** The numbers that the layer's shape rule asked for; only in training. */
  readonly random?: Tensor;
  /** With the batch. */
  readonly outputShape: Shape & number[];
  /** [batch, places], of the first input that has one: 1 where a place holds something, 0 where it is padding. */
  readonly mask?: Tensor;
}

/** `averages` are new values of weights that move with the data, such as batch norm's; `taps` those that its shape names. */
export type ForwardResult =
  | Tensor
  | { readonly output: Tensor; readonly averages: Weights; readonly taps?: Weights };

/** How model.json, and so Keras, knows a layer. */
interface KerasClass {
  readonly className: string;
  /** Names that other versions of Keras have for it. */
  readonly formerly?: readonly string[];
  /** Arguments that have another name there, in camel case. */
  readonly keys?: Readonly<Record<string, string>>;
  /** It is Keras's or KerasHub's alone: a model with it is read here, but not by TensorFlow.js. */
  readonly unknownToTfjs?: true;
}

interface Declaration<A extends Parameters> {
  /** Documentation. */
  readonly description: string;
  readonly keras: KerasClass;
  readonly arguments: A;
  /** It gives on the very numbers that it is given, in whatever order. */
  readonly keepsValues?: true;
  /**
   * What it does about places that are padding. `passes`: each of its places is one of its input's, so that those stay padding.
   * `uses`: it leaves them out, and gives no places. A function: which ones they are. Absent: it takes them for any others.
   */
  readonly mask?:
    | "passes"
    | "uses"
    | ((context: Pick<ForwardContext, "tf" | "x">, args: ValuesOf<A>) => Tensor | undefined);
  /** In tfjs ops. */
  readonly forward: (context: ForwardContext, args: ValuesOf<A>) => ForwardResult;
}

export interface LayerType<A extends Parameters = Parameters> extends Declaration<A> {
  /** `many`: two or more inputs, which `inputs` names. */
  readonly inputs: "one" | "many";
  readonly shape: (inputs: readonly Shape[], args: ValuesOf<A>) => LayerShape | Mismatch;
}

/** Declares a layer of one input. */
export const layer = <const A extends Parameters>({
  shape,
  ...declaration
}: Declaration<A> & {
  readonly shape: (input: Shape, args: ValuesOf<A>) => LayerShape | Mismatch;
}): LayerType<A> => ({
  ...declaration,
  inputs: "one",
  shape: ([input], values) => shape(input as Shape, values),
});

/** Declares a layer of several inputs. */
export const mergeLayer = <const A extends Parameters>(
  declaration: Declaration<A> & {
    readonly shape: (inputs: readonly Shape[], args: ValuesOf<A>) => LayerShape | Mismatch;
  },
): LayerType<A> => ({ ...declaration, inputs: "many" });

/** Parameters of every layer. */
export const layerName = defined(
  "LayerName",
  text(
    "Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.",
    { pattern: "^[A-Za-z][A-Za-z0-9_.-]*$", examples: ["conv1"] },
  ),
);

export const layerInputs: Parameter<string | readonly string[]> = defined(
  "LayerInputs",
  parameter({
    description:
      'Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.',
    oneOf: [
      { description: "Name of one layer.", type: "string", layerReference: true },
      {
        description: "Names of several layers.",
        type: "array",
        minItems: 1,
        items: { description: "Name of a layer.", type: "string", layerReference: true },
      },
    ],
    examples: ["input", ["conv1", "conv2"]],
  }),
);

export const printShape = (shape: Shape): string => `[${shape.join(", ")}]`;

export const expectRank = (input: Shape, rank: number, axes: string): Mismatch | undefined =>
  input.length === rank ? undefined : { expected: `an input of shape ${axes}`, found: printShape(input) };

/** The axis of a sample that Keras's `axis` means, which counts the batch as axis 0; undefined when there is none such. */
export function axisOf(input: Shape, axis: number): number | undefined {
  const index = axis < 0 ? input.length + axis : axis - 1;
  return index >= 0 && index < input.length ? index : undefined;
}
