/**
 * The arguments of layers, as values: what a layer accepts is data that the editor, the schema and the builder read
 * alike. Names and meanings are those of Keras, as tf.layers spells them.
 */

/** A JSON schema of one argument; `description` and `default` are part of it. */
export type ArgumentSchema = Readonly<Record<string, unknown>>;

export interface Argument<T> {
  readonly schema: ArgumentSchema;
  readonly required: boolean;
  /** The value that counts when the file gives `value` (undefined: nothing); `undefined` when `value` is not acceptable. */
  readonly resolve: (value: unknown) => Resolved<T> | undefined;
  /** What is accepted, for "expected …". */
  readonly expected: string;
}

interface Resolved<T> {
  readonly value: T;
}

// biome-ignore lint/suspicious/noExplicitAny: the element type of a set of arguments is known only where it is declared
export type Arguments = Readonly<Record<string, Argument<any>>>;
export type ValuesOf<A extends Arguments> = {
  readonly [K in keyof A]: A[K] extends Argument<infer T> ? T : never;
};

const argument = <T>(
  description: string,
  {
    schema,
    expected,
    accepts,
    fallback,
    map,
  }: {
    schema: ArgumentSchema;
    expected: string;
    accepts: (value: unknown) => boolean;
    fallback?: unknown;
    map?: (value: never) => T;
  },
): Argument<T> => ({
  schema: {
    description,
    ...schema,
    ...(fallback === undefined || fallback === null ? {} : { default: fallback }),
  },
  required: fallback === undefined,
  expected,
  resolve: (value) => {
    if (value === undefined) return fallback === undefined ? undefined : finish(fallback);
    return accepts(value) ? finish(value) : undefined;
    function finish(given: unknown): Resolved<T> {
      return { value: given === null ? (null as T) : map ? map(given as never) : (given as T) };
    }
  },
});

type Bounds = { readonly fallback?: number; readonly minimum?: number; readonly below?: number };

const isInteger = (value: unknown, minimum = Number.NEGATIVE_INFINITY): value is number =>
  Number.isSafeInteger(value) && (value as number) >= minimum;

export const integer = (description: string, { fallback, minimum = 1 }: Bounds = {}): Argument<number> =>
  argument<number>(description, {
    schema: { type: "integer", ...(Number.isFinite(minimum) ? { minimum } : {}) },
    expected: Number.isFinite(minimum) ? `an integer ≥ ${minimum}` : "an integer",
    accepts: (value) => isInteger(value, minimum),
    fallback,
  });

export const number = (description: string, { fallback, minimum, below }: Bounds = {}): Argument<number> =>
  argument<number>(description, {
    schema: {
      type: "number",
      ...(minimum === undefined ? {} : { minimum }),
      ...(below === undefined ? {} : { exclusiveMaximum: below }),
    },
    expected:
      minimum === undefined
        ? "a number"
        : below === undefined
          ? `a number ≥ ${minimum}`
          : `a number in [${minimum}, ${below})`,
    accepts: (value) =>
      typeof value === "number" &&
      Number.isFinite(value) &&
      (minimum === undefined || value >= minimum) &&
      (below === undefined || value < below),
    fallback,
  });

/** A number for all channels, or one a channel. */
export const channelNumbers = (
  description: string,
  { fallback }: { readonly fallback?: number } = {},
): Argument<number | readonly number[]> =>
  argument<number | readonly number[]>(description, {
    schema: { anyOf: [{ type: "number" }, { type: "array", items: { type: "number" }, minItems: 1 }] },
    expected: "a number, or one a channel",
    accepts: (value) =>
      Array.isArray(value) ? value.length > 0 && value.every(Number.isFinite) : Number.isFinite(value),
    fallback,
  });

export const boolean = (description: string, fallback: boolean): Argument<boolean> =>
  argument<boolean>(description, {
    schema: { type: "boolean" },
    expected: "true or false",
    accepts: (value) => typeof value === "boolean",
    fallback,
  });

export const choice = <const T extends string>(
  description: string,
  values: readonly T[],
  fallback?: T,
): Argument<T> =>
  argument<T>(description, {
    schema: { type: "string", enum: values },
    expected: `one of ${values.join(", ")}`,
    accepts: (value) => values.includes(value as T),
    fallback,
  });

/** One integer for each of `length` spatial axes; a single number stands for all of them. `null`: absent means something else. */
export const sizes = (
  description: string,
  length: number,
  { fallback, minimum = 1 }: { readonly fallback?: number; readonly minimum?: number } = {},
): Argument<readonly number[]> =>
  argument<readonly number[]>(description, sizesRule(length, minimum, fallback));

/** As {@link sizes}, where leaving it out means something that depends on another argument. */
export const optionalSizes = (description: string, length: number): Argument<readonly number[] | null> =>
  argument<readonly number[] | null>(description, sizesRule(length, 1, null));

const sizesRule = (length: number, minimum: number, fallback: number | null | undefined) => ({
  schema: {
    anyOf: [
      { type: "integer", minimum },
      { type: "array", items: { type: "integer", minimum }, minItems: length, maxItems: length },
    ],
  },
  expected: length === 1 ? `an integer ≥ ${minimum}` : `an integer ≥ ${minimum} or ${length} of them`,
  accepts: (value: unknown) =>
    isInteger(value, minimum) ||
    (Array.isArray(value) && value.length === length && value.every((item) => isInteger(item, minimum))),
  fallback,
  map: (value: number | readonly number[]): readonly number[] =>
    typeof value === "number" ? Array.from({ length }, () => value) : value,
});

/** A list of integers of any length. */
export const integers = (
  description: string,
  { fallback, minimum = 1 }: { readonly fallback?: readonly number[]; readonly minimum?: number } = {},
): Argument<readonly number[]> =>
  argument<readonly number[]>(description, {
    schema: { type: "array", items: { type: "integer", minimum } },
    expected: `a list of integers ≥ ${minimum}`,
    accepts: (value) => Array.isArray(value) && value.every((item) => isInteger(item, minimum)),
    fallback,
  });

/** As {@link integers}, or absent. */
export const optionalIntegers = (description: string, minimum = 1): Argument<readonly number[] | null> =>
  argument<readonly number[] | null>(description, {
    schema: { type: "array", items: { type: "integer", minimum } },
    expected: `a list of integers ≥ ${minimum}`,
    accepts: (value) => Array.isArray(value) && value.every((item) => isInteger(item, minimum)),
    fallback: null,
  });

/** Padding or cropping of `length` axes: n, [n, n] (symmetric), or [[before, after], …]. */
export const margins = (
  description: string,
  length: number,
  fallback: number,
): Argument<readonly (readonly [number, number])[]> =>
  argument<readonly (readonly [number, number])[]>(description, {
    schema: {
      anyOf: [
        { type: "integer", minimum: 0 },
        {
          type: "array",
          minItems: length,
          maxItems: length,
          items: {
            anyOf: [
              { type: "integer", minimum: 0 },
              { type: "array", items: { type: "integer", minimum: 0 }, minItems: 2, maxItems: 2 },
            ],
          },
        },
      ],
    },
    expected: `an integer ≥ 0, ${length} of them, or ${length} pairs [before, after]`,
    accepts: (value) =>
      isInteger(value, 0) || (Array.isArray(value) && value.length === length && value.every(isMargin)),
    fallback,
    map: (value: number | readonly (number | readonly [number, number])[]) =>
      (typeof value === "number" ? Array.from({ length }, () => value) : value).map((side) =>
        typeof side === "number" ? ([side, side] as const) : side,
      ),
  });

const isMargin = (value: unknown): boolean =>
  isInteger(value, 0) ||
  (Array.isArray(value) && value.length === 2 && value.every((side) => isInteger(side, 0)));

export const initializers = [
  "glorotUniform",
  "glorotNormal",
  "heUniform",
  "heNormal",
  "leCunUniform",
  "leCunNormal",
  "zeros",
  "ones",
  "randomNormal",
  "randomUniform",
] as const;
export type Initializer = (typeof initializers)[number];

export const initializer = (description: string, fallback: Initializer): Argument<Initializer> =>
  choice(description, initializers, fallback);

export const activations = [
  "linear",
  "relu",
  "relu6",
  "elu",
  "selu",
  "sigmoid",
  "hardSigmoid",
  "tanh",
  "softmax",
  "logSoftmax",
  "softplus",
  "softsign",
  "swish",
  "mish",
  "gelu",
] as const;
export type Activation = (typeof activations)[number];

export const activation = (): Argument<Activation> =>
  choice("Applied to the layer's output.", activations, "linear");

/** An integer of any sign. */
export const anyInteger = (description: string, fallback: number): Argument<number> =>
  integer(description, { fallback, minimum: Number.NEGATIVE_INFINITY });

/** A number, or absent. */
export const optionalNumber = (
  description: string,
  { minimum }: { readonly minimum: number },
): Argument<number | null> =>
  argument<number | null>(description, {
    schema: { type: "number", minimum },
    expected: `a number ≥ ${minimum}`,
    accepts: (value) => typeof value === "number" && value >= minimum,
    fallback: null,
  });

/** One axis for both of two inputs, or one for each. */
export const axes = (description: string): Argument<readonly [number, number]> =>
  argument<readonly [number, number]>(description, {
    schema: {
      anyOf: [{ type: "integer" }, { type: "array", items: { type: "integer" }, minItems: 2, maxItems: 2 }],
    },
    expected: "an axis or two of them",
    accepts: (value) =>
      isInteger(value) ||
      (Array.isArray(value) && value.length === 2 && value.every((axis) => isInteger(axis))),
    map: (value: number | readonly [number, number]) =>
      typeof value === "number" ? ([value, value] as const) : value,
  });
