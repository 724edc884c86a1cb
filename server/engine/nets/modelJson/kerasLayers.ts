import { type LayerTypeName, layerType, layerTypes } from "../../../nets/layerTypes.ts";
import type { LayerSpec } from "../../../nets/shapes.ts";
import { type Parameter, resolveParameter } from "../../../parameters/parameter.ts";

/** Our layers, by every name that Keras has had for them. */
const typesByClass = new Map(
  (Object.keys(layerTypes) as LayerTypeName[]).flatMap((type) => {
    const { className, formerly = [] } = layerType(type).keras;
    return [className, ...formerly].map((name) => [name, type] as const);
  }),
);

const sameActivation = new Map([["silu", "swish"]]);

type Config = Readonly<Record<string, unknown>>;

/** Unsupported options of Keras layers, with the values at which they have no effect. */
const neutral: Readonly<Record<string, readonly unknown[]>> = {
  dataFormat: ["channelsLast", "channels_last", null],
  groups: [1],
  dilationRate: [1],
  negativeSlope: [0],
  threshold: [0],
  maskZero: [false],
  noiseShape: [null],
  outputPadding: [null],
  recurrentDropout: [0],
  goBackwards: [false],
  returnState: [false],
  stateful: [false],
  timeMajor: [false],
  resetAfter: [true],
};

/** A layer of ours for one of Keras's, or why there is none. `config` has Keras's snake_case keys. */
export function fromKeras(
  className: string,
  config: Config,
): Omit<LayerSpec, "name" | "inputs"> | { readonly reason: string } {
  const type = typesByClass.get(className);
  if (!type) return { reason: `layers of class ${className} are not supported` };
  const { keras, arguments: known } = layerType(type);
  const spec: Record<string, unknown> = {};
  for (const [snake, value] of Object.entries(config)) {
    const camel = camelCase(snake);
    const key = keras.keys?.[camel] ?? camel;
    const parameter = Object.hasOwn(known, key) ? known[key] : undefined;
    if (parameter) {
      // Initializers do not matter, since the weights are in the file.
      if (!key.endsWith("Initializer") && value !== null) spec[key] = argumentValue(key, value, parameter);
    } else if (
      Object.hasOwn(neutral, key) &&
      !neutral[key]?.some((allowed) => (Array.isArray(value) ? value : [value]).every((v) => v === allowed))
    ) {
      return { reason: `a ${className} layer with ${snake} ${JSON.stringify(value)} is not supported` };
    }
  }
  return { type, ...spec };
}

/** Keras's class and config of one of our layers, without `name`. */
export const toKeras = (
  type: LayerTypeName,
  args: Config,
): { className: string; config: Record<string, unknown> } => ({
  className: layerType(type).keras.className,
  config: Object.fromEntries(
    Object.entries(args)
      .filter(([key, value]) => !key.endsWith("Initializer") && value !== null)
      .map(([key, value]) => [snakeCase(key), key === "activation" ? snakeCase(String(value)) : value]),
  ),
});

function argumentValue(key: string, value: unknown, parameter: Parameter<unknown>): unknown {
  if (key === "activation") return activationName(value);
  // Keras may write one axis as a list: sizes along a sequence, and in some versions the axis of a norm.
  const isWrapped = Array.isArray(value) && value.length === 1 && !resolveParameter(parameter, value);
  return isWrapped ? value[0] : value;
}

function activationName(value: unknown): unknown {
  const named =
    typeof value === "object" && value !== null && "class_name" in value ? value.class_name : value;
  if (typeof named !== "string") return named;
  const name = camelCase(named);
  const lower = name.charAt(0).toLowerCase() + name.slice(1);
  return sameActivation.get(lower) ?? lower;
}

export const camelCase = (snake: string): string =>
  snake.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
export const snakeCase = (camel: string): string =>
  camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
