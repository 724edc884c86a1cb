import type { Parameters, ValuesOf } from "../../parameters/parameter.ts";
import type { LayerSpec } from "../shapes.ts";

/** A net that has a name, as the experiment file knows it: what it takes, and its layers. */
export interface Preset<P extends Parameters = Parameters> {
  readonly description: string;
  readonly parameters: P;
  /** The last one gives the logits. */
  readonly layers: (values: ValuesOf<P>, classes: number) => LayerSpec[];
}

/** Declares a preset. */
export const preset = <const P extends Parameters>(declaration: Preset<P>): Preset<P> => declaration;
