import { number, type Parameters, type ValuesOf } from "../../parameters/parameter.ts";
import { type Generator, type RandomKey, uniform } from "../random.ts";
import type { Change } from "./change.ts";
import type { Lines, Placement } from "./placement.ts";

interface Declared<P extends Parameters> {
  readonly description: string;
  /** Its parameters. */
  readonly hint: string;
  readonly parameters: P;
}

/** An augmentation of images that moves their pixels or cuts some out. */
export interface Move<P extends Parameters> extends Declared<P> {
  readonly cuts?: boolean;
  /** @param cut for one that cuts out: an empty one of the placement's, for itself */
  readonly place: (
    placement: Placement,
    values: ValuesOf<P>,
    next: Generator,
    cut: Lines | undefined,
  ) => void;
}

/** Any other: a change of the batch of its own. */
export interface Blend<P extends Parameters> extends Declared<P> {
  /** Samples are [height, width, channels]. */
  readonly needsImage?: boolean;
  /** They have colours: 1 or 3 channels, of bytes or of numbers from 0 to 1. */
  readonly needsColours?: boolean;
  /** They are numbers of tokens. */
  readonly needsTokens?: boolean;
  /** Samples have parts of two classes. */
  readonly blendsLabels?: boolean;
  /** It is computed on the host, so that batches are fed to a step. */
  readonly onHost?: boolean;
  /** @param shape of one sample */
  readonly change: (values: ValuesOf<P>, use: RandomKey["use"], shape: readonly number[]) => Change;
}

// biome-ignore lint/suspicious/noExplicitAny: the parameters of a row are known only where it is declared
export type Augmentation = Move<any> | Blend<any>;

export const move = <const P extends Parameters>(declared: Move<P>): Move<P> => declared;
export const blend = <const P extends Parameters>(declared: Blend<P>): Blend<P> => declared;

/** @param share by default */
export const probability = (share: number) =>
  number("Share of the samples that are changed.", {
    minimum: 0,
    maximum: 1,
    default: share,
    examples: [share],
  });

/** A float64 in [low, high). */
export const between = (low: number, high: number, next: Generator): number =>
  low + (high - low) * uniform(next);
