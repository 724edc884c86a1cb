import { add, type Tensor } from "@tensorflow/tfjs-core";
import type { Shape } from "../../../nets/layers/layer.ts";
import type { Parameters, ValuesOf } from "../../../parameters/parameter.ts";
import type { Schema } from "../../../parameters/schema.ts";
import type { Tensors } from "../../program.ts";
import { layerPair, mapPairs } from "./arguments.ts";
import type {
  Loss,
  LossContext,
  LossFacts,
  LossInputs,
  LossTexts,
  LossType,
  LossValue,
  SampledRows,
} from "./loss.ts";

/** A layer of the student and one of the teacher whose outputs a loss compares. */
export interface LayerPair {
  readonly student: string;
  readonly teacher: string;
}

/** One pair of layers, or as many of the student as of the teacher. */
export interface LayerPairs {
  readonly student: string | readonly string[];
  readonly teacher: string | readonly string[];
}

interface Declaration<P extends Parameters> extends LossTexts {
  /** Which features it can compare, by their shapes. */
  readonly compares: NonNullable<Schema["compares"]>;
  readonly parameters: P;
}

const facts = (compares: NonNullable<Schema["compares"]>): LossFacts => ({
  seesTeacher: true,
  seesLayers: true,
  compares,
});

type Value<P extends Parameters> = (student: Tensor, teacher: Tensor, values: ValuesOf<P>) => Tensor;

/** Declares a loss on the outputs of two layers, without weights. */
export const layerLoss = <const P extends Parameters>({
  value,
  compares,
  parameters,
  ...texts
}: Declaration<P> & { readonly value: Value<P> }) =>
  withPairs({ ...texts, compares, parameters: { ...layerPair, ...parameters } }, (s, t, values) =>
    value(s, t, values as unknown as ValuesOf<P>),
  );

/** Declares a loss that may compare several pairs of maps, and is the sum over them. */
export const mapLoss = <const P extends Parameters>({
  value,
  parameters,
  compares = "maps",
  ...texts
}: Omit<Declaration<P>, "compares"> &
  Partial<Pick<Declaration<P>, "compares">> & { readonly value: Value<P> }) =>
  withPairs({ ...texts, compares, parameters: { ...mapPairs, ...parameters } }, (s, t, values) =>
    value(s, t, values as unknown as ValuesOf<P>),
  );

function withPairs<P extends Parameters>(
  { compares, ...declaration }: Declaration<P>,
  value: Value<P>,
): LossType<P> {
  return {
    ...declaration,
    facts: facts(compares),
    build: (values) => {
      const pairs = pairsOf(values as unknown as LayerPairs);
      return {
        needsTeacher: true,
        teacherTaps: pairs.map(({ teacher }) => teacher),
        value: (inputs) => {
          const terms = pairs.map((pair) => {
            const { student, teacher } = featuresOf(inputs, pair);
            return value(student, teacher, values);
          });
          return { value: terms.reduce((total, next) => add(total, next)) };
        },
      };
    },
  };
}

/** Features of a batch, and the loss's own weights. */
export interface OwnInputs {
  readonly student: Tensor; // [batch, ...feature]
  readonly teacher: Tensor;
  readonly own: Tensors;
  /** For a loss with negative sampling. */
  readonly sampled: SampledRows | undefined;
}

/** Context of such a loss; the shapes are those of its layers, of one sample. */
export type OwnContext = Omit<LossContext, "shapes"> & { readonly shapes: () => PairShapes };

interface PairShapes {
  readonly student: Shape;
  readonly teacher: Shape;
}

/** Declares a loss on the outputs of two layers that may have its own weights. */
export function ownWeightsLoss<const P extends Parameters>({
  compares,
  parameters,
  build,
  ...texts
}: Declaration<P> & {
  readonly build: (
    values: ValuesOf<P>,
    context: OwnContext,
  ) => Pick<Loss, "own" | "negativeSampling"> & { readonly value: (inputs: OwnInputs) => LossValue };
}): LossType<typeof layerPair & P> {
  return {
    ...texts,
    parameters: { ...layerPair, ...parameters },
    facts: facts(compares),
    build: (values, context) => {
      const { student, teacher } = values as unknown as LayerPair;
      const pair = { student, teacher };
      const { value, ...loss } = build(values as unknown as ValuesOf<P>, {
        ...context,
        shapes: () => shapesOf(context, pair),
      });
      return {
        ...loss,
        needsTeacher: true,
        teacherTaps: [teacher],
        value: (inputs) => value({ ...featuresOf(inputs, pair), own: inputs.own, sampled: inputs.sampled }),
      };
    },
  };
}

/** Declares a loss on several pairs of maps, from the input on, that has its own weights. */
export function ownMapsLoss<const P extends Parameters>({
  compares,
  parameters,
  build,
  ...texts
}: Declaration<P> & {
  readonly build: (
    values: ValuesOf<P>,
    context: Omit<LossContext, "shapes"> & { readonly shapes: () => readonly PairShapes[] },
  ) => Pick<Loss, "own"> & {
    readonly value: (
      inputs: Readonly<Record<"student" | "teacher", readonly Tensor[]>> & Pick<OwnInputs, "own">,
    ) => LossValue;
  };
}): LossType<typeof mapPairs & P> {
  return {
    ...texts,
    parameters: { ...mapPairs, ...parameters },
    facts: facts(compares),
    build: (values, context) => {
      const pairs = pairsOf(values as unknown as LayerPairs);
      const { value, ...loss } = build(values as unknown as ValuesOf<P>, {
        ...context,
        shapes: () => pairs.map((pair) => shapesOf(context, pair)),
      });
      return {
        ...loss,
        needsTeacher: true,
        teacherTaps: pairs.map(({ teacher }) => teacher),
        value: (inputs) => {
          const features = pairs.map((pair) => featuresOf(inputs, pair));
          return value({
            student: features.map(({ student }) => student),
            teacher: features.map(({ teacher }) => teacher),
            own: inputs.own,
          });
        },
      };
    },
  };
}

/** The layers that a loss on features compares. */
export function pairsOf({ student, teacher }: LayerPairs): readonly LayerPair[] {
  const others = [teacher].flat();
  return [student].flat().flatMap((name, i) => {
    const other = others[i];
    return other === undefined ? [] : [{ student: name, teacher: other }];
  });
}

/** [batch, ...feature] of both. */
function featuresOf(
  { student, teacher }: LossInputs,
  pair: LayerPair,
): { readonly student: Tensor; readonly teacher: Tensor } {
  const target = teacher?.taps?.[pair.teacher];
  const own = student.taps[pair.student];
  if (!target) throw new Error(`no output of the teacher's layer ${pair.teacher}`);
  if (!own) throw new Error(`the student has no layer ${pair.student}`);
  return { student: own, teacher: target };
}

function shapesOf({ shapes }: LossContext, { student, teacher }: LayerPair): PairShapes {
  const [own, target] = [shapes.student[student], shapes.teacher[teacher]];
  if (!own || !target) throw new Error(`unknown shapes of ${student} and ${teacher}`);
  return { student: own, teacher: target };
}
