import type { Tensor } from "@tensorflow/tfjs-core";
import type { Parameters, ValuesOf } from "../parameters/parameter.ts";
import type { Ops, ParameterSpec, RandomDraw, Shape, Weights } from "./layers/layer.ts";

/** What a student is made for. */
export interface StudentPlace {
  /** Shape of one sample, such as [28, 28, 1]. */
  readonly input: Shape;
  /** How many logits it gives: classes, labels, or numbers of a regression. */
  readonly outputs: number;
}

export interface StudentContext {
  readonly tf: Ops;
  /** [batch, …input] */
  readonly x: Tensor;
  readonly weights: Weights;
  readonly training: boolean;
  /** Numbers that were asked for, [batch, …shape]; only in training. */
  readonly random: Readonly<Record<string, Tensor>>;
  readonly outputs: number;
}

export interface StudentOutputs {
  /** [batch, outputs] */
  readonly logits: Tensor;
  /** What losses can compare with layers of a teacher, by names of its own. */
  readonly layers: Readonly<Record<string, Tensor>>;
  /** New values of weights that move with the data. */
  readonly averages: Readonly<Record<string, Tensor>>;
}

/** A student of a person's own module: a pure function of named weights and samples. */
export interface OwnStudent<P extends Parameters = Parameters> {
  readonly description: string;
  readonly parameters: P;
  readonly weights: (place: StudentPlace, values: ValuesOf<P>) => Readonly<Record<string, ParameterSpec>>;
  readonly random: (place: StudentPlace, values: ValuesOf<P>) => Readonly<Record<string, RandomDraw>>;
  readonly forward: (context: StudentContext, values: ValuesOf<P>) => StudentOutputs;
  /** What its module is, so that another text of it is another student. */
  readonly version?: string;
}

/** By the path that the experiment names each by. One table for the process, which trains one experiment. */
const own = new Map<string, OwnStudent>();

export const addOwnStudent = (path: string, student: OwnStudent): void => void own.set(path, student);

export const ownStudent = (path: string): OwnStudent | undefined => own.get(path);
