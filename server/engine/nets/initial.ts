import { fillNormal, fillUniform, generator, normals } from "../../data/random.ts";
import type { Initializer } from "../../nets/layers/arguments.ts";
import type { ParameterSpec, Shape } from "../../nets/layers/layer.ts";
import { sizeOf } from "../../sizeOf.ts";

/** The weights of a net as they begin, by name: each follows from the seed and its name alone. */
export const initialWeights = (
  parameters: Readonly<Record<string, ParameterSpec>>,
  seed: number,
): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, spec]) => [name, initialValues(spec, seed, `weights.${name}`)]),
  );

/** Initial values of one weight, from Keras's formulas; they depend on (seed, use) and the shape alone. */
export function initialValues(spec: ParameterSpec, seed: number, use: string): Float32Array {
  const { forgets } = spec;
  const values = drawnValues(spec, seed, use);
  if (forgets === undefined) return values;
  return values.map((value, i) => (Math.floor(i / forgets) === 1 ? value + 1 : value));
}

function drawnValues({ shape, initializer }: ParameterSpec, seed: number, use: string): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  const key = { seed, step: 0, use };
  const { distribution, parameter } = distributionOf(initializer, shape);
  if (distribution === "constant") return values.fill(parameter);
  if (distribution === "uniform") {
    fillUniform(values, key);
    return values.map((value) => (2 * value - 1) * parameter);
  }
  if (distribution === "normal") {
    fillNormal(values, key);
    return values.map((value) => value * parameter);
  }
  // Keras redraws beyond two standard deviations, and scales up to keep the variance.
  const normal = normals(generator(key));
  return values.map(() => {
    let value: number;
    do value = normal();
    while (Math.abs(value) > 2);
    return (value * parameter) / 0.87962566103423978;
  });
}

interface Distribution {
  readonly distribution: "constant" | "uniform" | "normal" | "truncated normal";
  /** The constant, the limit, or the standard deviation. */
  readonly parameter: number;
}

function distributionOf(initializer: Initializer, shape: Shape): Distribution {
  const { fanIn, fanOut } = fans(shape);
  const scaled = (distribution: "uniform" | "truncated normal", scale: number, fan: number): Distribution => {
    const variance = scale / Math.max(1, fan);
    return { distribution, parameter: Math.sqrt(distribution === "uniform" ? 3 * variance : variance) };
  };
  switch (initializer) {
    case "zeros":
      return { distribution: "constant", parameter: 0 };
    case "ones":
      return { distribution: "constant", parameter: 1 };
    case "randomUniform":
      return { distribution: "uniform", parameter: 0.05 };
    case "randomNormal":
      return { distribution: "normal", parameter: 0.05 };
    case "glorotUniform": // Glorot and Bengio 2010
      return scaled("uniform", 1, (fanIn + fanOut) / 2);
    case "glorotNormal":
      return scaled("truncated normal", 1, (fanIn + fanOut) / 2);
    case "heUniform": // He et al. 2015
      return scaled("uniform", 2, fanIn);
    case "heNormal":
      return scaled("truncated normal", 2, fanIn);
    case "leCunUniform": // LeCun et al. 1998
      return scaled("uniform", 1, fanIn);
    case "leCunNormal":
      return scaled("truncated normal", 1, fanIn);
  }
}

/** Keras's fans: the last two axes are in and out, those before them are the receptive field. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const last = shape.at(-1) ?? 1;
  if (shape.length < 2) return { fanIn: last, fanOut: last };
  const field = sizeOf(shape.slice(0, -2));
  return { fanIn: (shape.at(-2) as number) * field, fanOut: last * field };
}
