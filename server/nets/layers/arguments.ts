import {
  boolean,
  choice,
  defined,
  integer,
  type Parameter,
  parameter,
  varied,
} from "../../parameters/parameter.ts";

/* What layers of several kinds take; names and meanings are those of Keras, as tf.layers spells them. */

export const activations = [
  "linear",
  "relu",
  "relu6",
  "elu",
  "selu",
  "gelu",
  "sigmoid",
  "hardSigmoid",
  "tanh",
  "softmax",
  "logSoftmax",
  "softplus",
  "softsign",
  "swish",
  "mish",
] as const;
export type Activation = (typeof activations)[number];

export const activation = defined(
  "Activation",
  choice("Function applied to each value of the output.", activations, {
    default: "linear",
    examples: ["relu"],
  }),
);

export const initializers = [
  "glorotNormal",
  "glorotUniform",
  "heNormal",
  "heUniform",
  "leCunNormal",
  "leCunUniform",
  "zeros",
  "ones",
  "randomNormal",
  "randomUniform",
] as const;
export type Initializer = (typeof initializers)[number];

export const initializer = defined(
  "Initializer",
  choice("How the initial weights are drawn.", initializers, {
    default: "glorotNormal",
    examples: ["heNormal"],
  }),
);

export const biasInitializer = defined(
  "BiasInitializer",
  varied(initializer, { description: "How the initial biases are drawn.", default: "zeros" }),
);

export const useBias = defined(
  "UseBias",
  boolean("Add a trained value to each unit or filter.", { default: true }),
);

/** An axis, counted with the batch as axis 0 or, if negative, from the end. */
export const axis = (description: string): Parameter<number> =>
  integer(description, { default: -1, examples: [-1] });

interface Size {
  readonly description: string;
  readonly default?: number;
  readonly examples: readonly number[];
}

/** Along the one axis of a sequence. */
export const length = (size: Size): Parameter<readonly number[]> =>
  parameter({ type: "integer", minimum: 1, ...size }, (value: number) => [value]);

/** Along the two axes of an image; one number stands for both. */
export const heightAndWidth = (size: Size): Parameter<readonly number[]> =>
  parameter(
    {
      oneOf: [
        { description: "The same for both axes.", type: "integer", minimum: 1 },
        {
          description: "Height and width.",
          type: "array",
          minItems: 2,
          maxItems: 2,
          items: { description: "Size along one axis.", type: "integer", minimum: 1 },
        },
      ],
      ...size,
    },
    (value: number | readonly number[]) => (typeof value === "number" ? [value, value] : value),
  );

type Margin = readonly [before: number, after: number];

/** What is put around an image or cut off: n, [vertical, horizontal], or [[top, bottom], [left, right]]. */
export const margins = (size: Size): Parameter<readonly [vertical: Margin, horizontal: Margin]> =>
  parameter(
    {
      oneOf: [
        { description: "The same on all sides.", type: "integer", minimum: 0 },
        {
          description: "Top and bottom, left and right.",
          type: "array",
          minItems: 2,
          maxItems: 2,
          items: {
            description: "One number, or [before, after].",
            oneOf: [
              { description: "The same before and after.", type: "integer", minimum: 0 },
              {
                description: "Before and after.",
                type: "array",
                minItems: 2,
                maxItems: 2,
                items: { description: "Pixels.", type: "integer", minimum: 0 },
              },
            ],
          },
        },
      ],
      ...size,
    },
    (value: number | readonly [number | Margin, number | Margin]) => {
      const [vertical, horizontal] = typeof value === "number" ? ([value, value] as const) : value;
      return [marginOf(vertical), marginOf(horizontal)];
    },
  );

const marginOf = (side: number | Margin): Margin => (typeof side === "number" ? [side, side] : side);

/** A number for all channels, or one a channel. */
export const channelNumbers = (size: Size): Parameter<number | readonly number[]> =>
  parameter({
    oneOf: [
      { description: "One number for all channels.", type: "number" },
      {
        description: "One number a channel.",
        type: "array",
        minItems: 1,
        items: { description: "The number of one channel.", type: "number" },
      },
    ],
    ...size,
  });
