import type { Shape } from "../nets/layers/layer.ts";
import type { LayerPlan, LayerSpec } from "../nets/shapes.ts";
import type { ModuleKind, Schema } from "../parameters/schema.ts";
import type { ModuleProblem } from "./moduleProblem.ts";

/** What is known of a module once it has been run in a process of its own. */
export interface ExaminedModule {
  readonly kind: ModuleKind;
  /** The keys that it declares. */
  readonly schema: Schema;
  /** From the module's folder: the module, and what it imports. */
  readonly files: readonly string[];
  /** The declaration is whole, but what it computes cannot be trained with. */
  readonly problem?: ModuleProblem;
}

/** A net of which modules compute a part, for samples of a shape. */
export interface NetQuery {
  /** The layers, or the keys of a student that is a module. */
  readonly net: { readonly layers: readonly LayerSpec[] } | { readonly student: OwnStudentSpec };
  /** Of one sample. */
  readonly input: Shape;
  /** Logits that a student has to give. */
  readonly outputs: number;
}

export interface OwnStudentSpec {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** What is known of a net once its modules have been run. */
export interface ExaminedNet {
  /** Of layers: their shapes, and what is wrong with them. */
  readonly plan?: LayerPlan;
  /** Of a student that is a module: what losses can compare, and its weights. */
  readonly taps?: readonly { readonly name: string; readonly shape: Shape }[];
  readonly weights?: readonly string[];
  /** Those of them that are averages of a norm, which no step trains. */
  readonly averages?: readonly string[];
  readonly parameters?: number;
  /** Of one prediction, and of its weights in an int8 export. */
  readonly flops?: number;
  readonly int8Bytes?: number;
  /** It cannot be trained. */
  readonly problem?: ModuleProblem;
  /** Absolute: the modules, and what they import. */
  readonly files: readonly string[];
}

/** What stands before the answer of that process on standard output, where the module may have written, too. */
export const answerMark = "distillery-module:";
