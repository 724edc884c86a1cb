import { isRecord } from "../isRecord.ts";
import { type Initializer, initializers } from "../nets/layers/arguments.ts";
import type { ParameterSpec, RandomDraw, Shape } from "../nets/layers/layer.ts";

/** A weight as a module declares it. */
interface GivenWeight {
  readonly shape: Shape;
  /** Absent: `glorotNormal` of a kernel, `zeros` of any other. */
  readonly initializer?: Initializer;
  /**
   * `kernel` alone decays; `average` is not trained but moves with the data, as a batch norm's. Absent: a kernel where it has two
   * axes or more, else a bias.
   */
  readonly role?: ParameterSpec["role"];
}

export type GivenWeights = Readonly<Record<string, GivenWeight>>;

const roles: readonly ParameterSpec["role"][] = ["kernel", "bias", "norm", "slope", "position", "average"];

/** The weights that a module declares, completed. @throws an error that names what is not valid */
export function weightsOf(given: unknown): Readonly<Record<string, ParameterSpec>> {
  if (given === undefined) return {};
  if (!isRecord(given)) throw new Error("weights are an object: `{ kernel: { shape: [3, 4] } }`");
  return Object.fromEntries(Object.entries(given).map(([name, weight]) => [name, weightOf(name, weight)]));
}

function weightOf(name: string, given: unknown): ParameterSpec {
  if (!/^[A-Za-z][A-Za-z0-9_.-]*$/.test(name))
    throw new Error(`the weight "${name}" has a name that is not of letters, digits, _, - and .`);
  const { shape, role = undefined, initializer = undefined } = isRecord(given) ? given : {};
  if (!isShape(shape))
    throw new Error(`the weight "${name}" has no shape of positive whole numbers: \`{ shape: [3, 4] }\``);
  if (role !== undefined && !roles.includes(role as ParameterSpec["role"]))
    throw new Error(`the weight "${name}" has the role ${JSON.stringify(role)}, and not ${words(roles)}`);
  if (initializer !== undefined && !initializers.includes(initializer as Initializer))
    throw new Error(
      `the weight "${name}" has the initializer ${JSON.stringify(initializer)}, and not ${words(initializers)}`,
    );
  const own = (role ?? (shape.length >= 2 ? "kernel" : "bias")) as ParameterSpec["role"];
  return {
    shape,
    role: own,
    initializer: (initializer ?? (own === "kernel" ? "glorotNormal" : "zeros")) as Initializer,
  };
}

/** Numbers that are drawn for each sample of a training step. */
export function drawOf(given: unknown): RandomDraw {
  const { distribution = undefined, shape = undefined } = isRecord(given) ? given : {};
  if ((distribution !== "uniform" && distribution !== "normal") || !isShape(shape))
    throw new Error('random numbers are `{ distribution: "uniform", shape: [4] }`, or "normal"');
  return { distribution, shape };
}

export const isShape = (value: unknown): value is Shape =>
  Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 1);

const words = (all: readonly string[]): string => all.map((word) => `"${word}"`).join(", ");
