import { isModulePath, moduleName } from "../parameters/moduleName.ts";
import { type Parameters, resolveParameter } from "../parameters/parameter.ts";
import { expected as expectedOf, found } from "../parameters/words.ts";
import { sizeOf } from "../sizeOf.ts";
import { isMismatch, type ParameterSpec, printShape, type RandomDraw, type Shape } from "./layers/layer.ts";
import type { OwnLayerType } from "./layers/ownLayers.ts";
import { type FindLayerType, findLayerType } from "./layerTypes.ts";

/** A layer as the experiment file writes it: its type, its arguments, and where its input comes from. */
export interface LayerSpec {
  readonly type: string;
  readonly name?: string | undefined;
  /** Names of earlier layers, or "input"; the previous layer when absent. */
  readonly inputs?: string | readonly string[] | undefined;
  readonly [argument: string]: unknown;
}

/** A layer whose arguments are complete and whose shapes are known. Shapes leave the batch out. */
export interface PlannedLayer {
  readonly type: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  readonly parameterCount: number;
  readonly random?: RandomDraw;
  /** Shapes of what losses can compare beside its output, by the names that follow its own. */
  readonly taps?: Readonly<Record<string, Shape>>;
  /** A layer of a person's own. */
  readonly own?: OwnLayer;
}

interface OwnLayer {
  readonly version?: string | undefined;
  readonly mask?: OwnLayerType["mask"];
}

/** What is wrong with a layer, as data: `layer` is its index in the list, `key` the property to blame. */
export interface LayerProblem {
  readonly code:
    | "unknown-layer"
    | "unknown-argument"
    | "layer-argument"
    | "layer-reference"
    | "layer-name"
    | "layer-shape"
    | "layer-unused"
    | "no-layers"
    | `module-${string}`;
  readonly message: string;
  readonly layer: number;
  readonly name?: string;
  readonly key?: string;
  readonly expected?: string;
  readonly found?: string;
}

export interface LayerPlan {
  /** As far as they could be planned: a layer with a problem, and those that need its shape, are missing. */
  readonly layers: readonly (PlannedLayer | undefined)[];
  readonly problems: readonly LayerProblem[];
  /** Of the last layer. */
  readonly outputShape?: Shape;
  readonly parameterCount: number;
}

/** The name by which a layer's `inputs` refer to the net's input. */
export const inputName = "input";

const structural = new Set(["type", "name", "inputs"]);

/**
 * Follows the shapes through a list of layers: names, complete arguments, shapes and weights of each, and every
 * problem on the way. Pure and light, so that the editor can ask on each keystroke.
 * @param inputShape of one sample, such as [28, 28, 1]
 * @param find what a type is; a layer of one that is not found has no shape, and is a problem unless it is a person's own
 */
export function layerShapes(
  layers: readonly LayerSpec[],
  inputShape: Shape,
  find: FindLayerType = findLayerType,
): LayerPlan {
  const problems: LayerProblem[] = [];
  const names = layerNames(layers);
  const planned: (PlannedLayer | undefined)[] = [];
  const shapes = new Map<string, Shape | undefined>([[inputName, inputShape]]);

  layers.forEach((spec, index) => {
    const name = names[index] as string;
    const report = (problem: Omit<LayerProblem, "layer" | "name">) => {
      problems.push({ layer: index, name, ...problem });
    };
    const taken = shapes.has(name);
    if (taken) {
      report({
        code: "layer-name",
        key: "name",
        message:
          name === inputName
            ? `"${inputName}" names what enters the net.`
            : `Two layers are named "${name}".`,
      });
    }
    const declared = find(spec.type);
    if (declared === undefined && !isModulePath(spec.type))
      report({
        code: "unknown-layer",
        key: "type",
        message: `There is no layer type "${spec.type}".`,
        found: spec.type,
      });
    const plan =
      declared &&
      planLayer({ spec, name, declared, previous: names[index - 1] ?? inputName, shapes }, report);
    planned.push(plan);
    if (!taken) shapes.set(name, plan?.outputShape);
  });

  problems.push(...unusedLayers(layers, names));
  if (layers.length === 0)
    problems.push({ code: "no-layers", layer: 0, message: "A net needs at least one layer." });
  const outputShape = planned.at(-1)?.outputShape;
  return {
    layers: planned,
    problems,
    ...(outputShape ? { outputShape } : {}),
    parameterCount: planned.reduce((sum, layer) => sum + (layer?.parameterCount ?? 0), 0),
  };
}

/** Layers that nothing reads: their weights would never be trained. */
function unusedLayers(layers: readonly LayerSpec[], names: readonly string[]): LayerProblem[] {
  const read = new Set(
    layers.flatMap(({ inputs }, i) =>
      typeof inputs === "string" ? [inputs] : (inputs ?? [names[i - 1] ?? inputName]),
    ),
  );
  return names.slice(0, -1).flatMap((name, layer): LayerProblem[] =>
    read.has(name)
      ? []
      : [
          {
            code: "layer-unused",
            layer,
            name,
            message: `"${name}" feeds no other layer, and it is not the last one.`,
          },
        ],
  );
}

/** What losses can compare beside a layer's output: its whole name, `LAYER.scores`, and its shape. */
export const tapsBeside = ({
  name,
  taps = {},
}: Pick<PlannedLayer, "name" | "taps">): readonly { readonly name: string; readonly shape: Shape }[] =>
  Object.entries(taps).map(([tap, shape]) => ({ name: `${name}.${tap}`, shape }));

/** Names of a plan's weights, and of those of them that are averages of a norm, which no step trains. */
export function weightNames({ layers }: LayerPlan): {
  readonly weights: readonly string[];
  readonly averages: readonly string[];
} {
  const specs = layers.flatMap((layer) =>
    Object.entries(layer?.parameters ?? {}).map(([name, { role }]) => ({
      name: `${layer?.name}.${name}`,
      role,
    })),
  );
  const named = (list: typeof specs) => list.map(({ name }) => name);
  return { weights: named(specs), averages: named(specs.filter(({ role }) => role === "average")) };
}

/** Unnamed layers are called after their type and count: dense_1, dense_2. */
export function layerNames(layers: readonly LayerSpec[]): string[] {
  const given = new Set(layers.map((spec) => spec.name));
  const counts = new Map<string, number>();
  return layers.map(({ type, name }) => {
    if (typeof name === "string" && name !== "") return name;
    let candidate: string;
    do {
      const word = moduleName(type);
      const count = (counts.get(word) ?? 0) + 1;
      counts.set(word, count);
      candidate = `${word}_${count}`;
    } while (given.has(candidate));
    return candidate;
  });
}

type Report = (problem: Omit<LayerProblem, "layer" | "name">) => void;

interface Described {
  readonly spec: LayerSpec;
  readonly name: string;
  readonly declared: OwnLayerType;
  readonly previous: string;
  readonly shapes: ReadonlyMap<string, Shape | undefined>;
}

function planLayer(
  { spec, name, declared, previous, shapes }: Described,
  report: Report,
): PlannedLayer | undefined {
  const { type } = spec;
  const args = resolveArguments(spec, declared.arguments, report);
  const inputs = resolveInputs(spec, declared, previous, shapes, report);
  if (!args || !inputs) return undefined;
  const inputShapes = inputs.map((input) => shapes.get(input));
  // A layer above has a problem already; what follows from it is not worth a second message.
  if (!inputShapes.every((shape) => shape !== undefined)) return undefined;

  const shape = shapeOf(declared, inputShapes, args);
  if ("failure" in shape) {
    report({ key: "type", ...shape.failure });
    return undefined;
  }
  if (isMismatch(shape)) {
    const { expected, found, argument } = shape;
    report({
      code: "layer-shape",
      message: `${name} expects ${expected}, but finds ${found}.`,
      expected,
      found,
      ...(argument ? { key: argument } : {}),
    });
    return undefined;
  }
  if (shape.output.some((extent) => !(extent >= 1))) {
    const found = inputShapes.map(printShape).join(", ");
    report({
      code: "layer-shape",
      message: `${name} leaves nothing of its input ${found}: its output would be ${printShape(shape.output)}.`,
      expected: "an input that is large enough",
      found,
    });
    return undefined;
  }
  const parameters = shape.parameters ?? {};
  return {
    type,
    name,
    inputs,
    arguments: args,
    inputShapes,
    outputShape: shape.output,
    parameters,
    parameterCount: Object.values(parameters).reduce((sum, parameter) => sum + sizeOf(parameter.shape), 0),
    ...(shape.random ? { random: shape.random } : {}),
    ...(shape.taps ? { taps: shape.taps } : {}),
    ...(isModulePath(type) ? { own: { version: declared.version, mask: declared.mask } } : {}),
  };
}

/** The rule of a person's own layer may fail. */
function shapeOf(
  { shape }: OwnLayerType,
  inputs: readonly Shape[],
  args: Readonly<Record<string, unknown>>,
): ReturnType<OwnLayerType["shape"]> | { readonly failure: Pick<LayerProblem, "code" | "message"> } {
  try {
    return shape(inputs, args);
  } catch (error) {
    const { code = "", message } = error as Error & { readonly code?: string };
    if (!code.startsWith("module-")) throw error;
    return { failure: { code: code as LayerProblem["code"], message } };
  }
}

/** "A dense", "An add"; "./gate.ts", whatever it is. */
const withArticle = (type: string): string =>
  isModulePath(type) ? `The ${moduleName(type)}` : `${/^[aeiou]/i.test(type) ? "An" : "A"} ${type}`;

function resolveArguments(
  spec: LayerSpec,
  known: Parameters,
  report: Report,
): Record<string, unknown> | undefined {
  let complete = true;
  for (const key of Object.keys(spec)) {
    if (structural.has(key) || Object.hasOwn(known, key)) continue;
    complete = false;
    report({
      code: "unknown-argument",
      key,
      message: `${withArticle(spec.type)} layer has no argument "${key}".`,
    });
  }
  const values: Record<string, unknown> = {};
  for (const [key, argument] of Object.entries(known)) {
    const resolved = resolveParameter(argument, spec[key]);
    if (resolved) {
      values[key] = resolved.value;
      continue;
    }
    complete = false;
    const expected = expectedOf(argument.schema);
    const missing = spec[key] === undefined;
    const given = missing ? "nothing" : found(spec[key]);
    report({
      code: "layer-argument",
      ...(missing ? {} : { key }),
      message: missing
        ? `${withArticle(spec.type)} layer needs "${key}": ${expected}.`
        : `"${key}" is ${given}; expected ${expected}.`,
      expected,
      found: given,
    });
  }
  return complete ? values : undefined;
}

function resolveInputs(
  spec: LayerSpec,
  { inputs: count }: OwnLayerType,
  previous: string,
  shapes: ReadonlyMap<string, Shape | undefined>,
  report: Report,
): readonly string[] | undefined {
  const given = typeof spec.inputs === "string" ? [spec.inputs] : (spec.inputs ?? [previous]);
  const unknown = given.find((input) => !shapes.has(input));
  if (unknown !== undefined) {
    const earlier = [...shapes.keys()].join(", ");
    report({
      code: "layer-reference",
      key: "inputs",
      message: `There is no earlier layer "${unknown}".`,
      expected: `one of ${earlier}`,
      found: unknown,
    });
    return undefined;
  }
  if (count === "one" ? given.length !== 1 : given.length < 2) {
    const expected = count === "one" ? "one input" : 'two or more inputs, named by "inputs"';
    report({
      code: "layer-reference",
      ...(spec.inputs === undefined ? {} : { key: "inputs" }),
      message: `${withArticle(spec.type)} layer takes ${expected}, but has ${given.length}.`,
      expected,
      found: String(given.length),
    });
    return undefined;
  }
  return given;
}
