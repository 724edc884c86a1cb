import { forEachPart } from "../data/augmentations/change.ts";
import type { OwnAugmentation } from "../data/augmentations/ownAugmentations.ts";
import { generator, uniform } from "../data/random.ts";
import type { Shape } from "../nets/layers/layer.ts";
import type { Parameters, ValuesOf } from "../parameters/parameter.ts";
import { assertDeclared, homeOf, refuse } from "./declared.ts";
import type { ModuleDefinition } from "./definition.ts";
import { purely } from "./purity.ts";

/** A sample to be changed. */
interface GivenSample {
  /** Its normalised values, row-major, images channels last: a copy. */
  readonly sample: Float32Array;
  readonly shape: Shape;
  /** As many numbers as were asked for, each from 0 to below 1, of this sample in this step. */
  readonly random: Float32Array;
}

interface Declaration<P extends Parameters> {
  readonly description: string;
  readonly parameters: P;
  /** Samples are [height, width, channels]. Absent: they may have any shape. */
  readonly needs?: "image";
  /** How many random numbers a sample takes. */
  readonly random: number | ((shape: Shape, values: ValuesOf<P>) => number);
  /** The changed values, as many as there were. */
  readonly apply: (given: GivenSample, values: ValuesOf<P>) => Float32Array;
}

/** Declares an augmentation: what it makes of a sample and of random numbers, on arrays, so that all engines see the same. */
export function defineAugmentation<const P extends Parameters>(
  declaration: Declaration<P>,
): ModuleDefinition {
  assertDeclared("augmentation", declaration, { functions: ["apply"], taken: ["type"] });
  const { description, parameters, needs, random } = declaration;
  if (needs !== undefined && needs !== "image") refuse('`needs` is "image"');
  if (typeof random !== "number" && typeof random !== "function")
    refuse("the augmentation does not say how many random numbers a sample takes: `random: 2`, or `0`");
  const home = homeOf(declaration.apply);
  const augmentation: OwnAugmentation = {
    description,
    hint: description,
    parameters,
    ...(needs === "image" ? { needsImage: true } : {}),
    onHost: true,
    change(values: ValuesOf<P>, use, shape) {
      const count = purely(
        () => countOf(typeof random === "function" ? random(shape, values) : random),
        home,
      );
      return {
        type: "onHost",
        draws: { random: { shape: [count], dtype: "float32" } },
        draw({ rows, seed, step }, drawn) {
          const out = drawn["random"] as Float32Array;
          for (let i = 0; i < rows.length; i++) {
            const next = generator({ seed, step, use }, rows[i]);
            for (let k = 0; k < count; k++) out[i * count + k] = uniform(next);
          }
        },
        apply({ values: all, rows }, drawn) {
          purely(() => {
            forEachPart(all, rows.length, (part, i) => {
              const numbers = (drawn["random"] as Float32Array).slice(i * count, (i + 1) * count);
              part.set(
                changed(declaration.apply({ sample: part.slice(), shape, random: numbers }, values), part),
              );
            });
          }, home);
        },
      };
    },
  };
  return { kind: "augmentation", augmentation };
}

function countOf(count: unknown): number {
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error(`\`random\` is how many numbers a sample takes; it is ${String(count)}`);
}

function changed(result: unknown, { length }: Float32Array): Float32Array {
  if (!(result instanceof Float32Array))
    throw new Error(
      `\`apply\` must give a Float32Array; it gave ${result === undefined ? "nothing" : typeof result}`,
    );
  if (result.length !== length)
    throw new Error(`\`apply\` gave ${result.length} values, and the sample has ${length}`);
  const bad = result.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new Error(`\`apply\` gave ${result[bad]}`);
  return result;
}
