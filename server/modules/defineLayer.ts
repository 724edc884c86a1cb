import { isRecord } from "../isRecord.ts";
import {
  type ForwardContext,
  type ForwardResult,
  type LayerShape,
  type Mismatch,
  printShape,
  type RandomDraw,
  type Shape,
} from "../nets/layers/layer.ts";
import type { Parameters, ValuesOf } from "../parameters/parameter.ts";
import { assertDeclared, homeOf, refuse } from "./declared.ts";
import { drawOf, type GivenWeights, isShape, weightsOf } from "./declaredWeights.ts";
import type { ModuleDefinition } from "./definition.ts";
import { operations, purely } from "./purity.ts";

/** Shapes are of one sample: [height, width, channels], without the batch. */
interface GivenShape {
  readonly output: Shape;
  readonly weights?: GivenWeights;
  /** Numbers that the layer draws for each sample of a training step. */
  readonly random?: RandomDraw;
}

/** Inputs that a layer cannot take: what it takes. */
interface Unfit {
  readonly expected: string;
}

interface Declaration<P extends Parameters> {
  readonly description: string;
  readonly parameters: P;
  /**
   * What it does about places that are padding. `passes`: each of its places is one of its input's. `uses`: it leaves them out by
   * the `mask` that it is given.
   */
  readonly mask?: "passes" | "uses";
  /** In the operations `tf`. Tensors have the batch as their first axis. */
  readonly forward: (context: ForwardContext, values: ValuesOf<P>) => ForwardResult;
}

interface OfOne<P extends Parameters> extends Declaration<P> {
  readonly inputs?: "one";
  readonly shape: (input: Shape, values: ValuesOf<P>) => GivenShape | Unfit;
}

interface OfMany<P extends Parameters> extends Declaration<P> {
  /** Two or more, which the file names. */
  readonly inputs: "many";
  readonly shape: (inputs: readonly Shape[], values: ValuesOf<P>) => GivenShape | Unfit;
}

/** Declares a layer: the shapes of its output and of its weights, and what it computes. */
export function defineLayer<const P extends Parameters>(declaration: OfOne<P>): ModuleDefinition;
export function defineLayer<const P extends Parameters>(declaration: OfMany<P>): ModuleDefinition;
export function defineLayer(declaration: OfOne<Parameters> | OfMany<Parameters>): ModuleDefinition {
  assertDeclared("layer", declaration, {
    functions: ["shape", "forward"],
    taken: ["type", "name", "inputs"],
  });
  const { description, parameters, mask, inputs = "one" } = declaration;
  if (inputs !== "one" && inputs !== "many") refuse('`inputs` is "one" or "many"');
  if (mask !== undefined && mask !== "passes" && mask !== "uses") refuse('`mask` is "passes" or "uses"');
  const rule = homeOf(declaration.shape);
  const home = homeOf(declaration.forward);
  return {
    kind: "layer",
    layer: {
      description,
      arguments: parameters,
      inputs,
      ...(mask ? { mask } : {}),
      shape: (shapes, values) =>
        purely(() => {
          const given =
            declaration.inputs === "many"
              ? declaration.shape(shapes, values)
              : declaration.shape(shapes[0] as Shape, values);
          return layerShape(given, shapes);
        }, rule),
      forward: (context, values) =>
        purely(
          () => asOutput(declaration.forward({ ...context, tf: operations }, values), context.outputShape),
          home,
        ),
    },
  };
}

function layerShape(given: GivenShape | Unfit, inputs: readonly Shape[]): LayerShape | Mismatch {
  if (isRecord(given) && "expected" in given)
    return { expected: String(given.expected), found: inputs.map(printShape).join(", ") };
  if (!isRecord(given) || !isShape(given.output))
    throw new Error(
      "`shape` must give the shape of the output, of positive whole numbers: `{ output: [28, 28, 8] }`",
    );
  return {
    output: given.output,
    parameters: weightsOf(given.weights),
    ...(given.random === undefined ? {} : { random: drawOf(given.random) }),
  };
}

function asOutput(result: ForwardResult, expected: Shape): ForwardResult {
  const output = isRecord(result) && "output" in result ? (result.output as unknown) : result;
  assertShape("forward", output, expected);
  return result;
}

/** What a module's function gives must be a tensor of this shape; a promise is refused where it was called. */
export function assertShape(name: string, value: unknown, expected: Shape): void {
  if (typeof (value as { then?: unknown } | undefined)?.then === "function") return;
  const shape = isRecord(value) ? value["shape"] : undefined;
  if (!Array.isArray(shape))
    throw new Error(
      `\`${name}\` must give a tensor; it gave ${value === undefined ? "nothing" : typeof value}`,
    );
  if (printShape(shape) !== printShape(expected))
    throw new Error(
      `\`${name}\` gave ${printShape(shape)}, and ${printShape(expected)} was declared, with the batch first`,
    );
}
