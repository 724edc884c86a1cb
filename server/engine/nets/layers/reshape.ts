import { channelNumbers, choice, integer, integers, margins, sizes } from "./arguments.ts";
import { expectRank, layer, printShape, size } from "./layer.ts";

export const flatten = layer("All axes become one.", {}, (input) => ({ output: [size(input)] }));

export const reshape = layer(
  "Gives each sample another shape, in the same order of values.",
  {
    targetShape: integers("The new shape of one sample; one axis may be −1 and takes what is left.", {
      minimum: -1,
    }),
  },
  (input, { targetShape }) => {
    const unknown = targetShape.filter((extent) => extent < 1).length;
    const known = targetShape.reduce((product, extent) => (extent < 1 ? product : product * extent), 1);
    const values = size(input);
    if (unknown > 1 || targetShape.includes(0) || (unknown === 1 ? values % known !== 0 : values !== known)) {
      return {
        expected: `a shape of ${values} values, with at most one −1`,
        found: printShape(targetShape),
        argument: "targetShape",
      };
    }
    return { output: targetShape.map((extent) => (extent < 1 ? values / known : extent)) };
  },
);

export const permute = layer(
  "Reorders the axes of each sample.",
  { dims: integers("For each new axis, the old one, counted from 1.") },
  (input, { dims }) => {
    const sorted = [...dims].sort((a, b) => a - b);
    if (sorted.length !== input.length || sorted.some((axis, i) => axis !== i + 1)) {
      return {
        expected: `the axes ${input.map((_, i) => i + 1).join(", ")} in some order`,
        found: printShape(dims),
        argument: "dims",
      };
    }
    return { output: dims.map((axis) => input[axis - 1] as number) };
  },
);

export const repeatVector = layer(
  "Repeats a vector to make a sequence of it.",
  { n: integer("Length of the sequence.") },
  (input, { n }) => expectRank(input, 1, "[features]") ?? { output: [n, input[0] as number] },
);

export const zeroPadding2d = layer(
  "Puts zeros around an image.",
  {
    padding: margins(
      "How many: for all sides, [vertical, horizontal], or [[top, bottom], [left, right]].",
      2,
      1,
    ),
  },
  (input, { padding: [vertical, horizontal] }) =>
    expectRank(input, 3, "[height, width, channels]") ?? {
      output: [
        (input[0] as number) + total(vertical),
        (input[1] as number) + total(horizontal),
        input[2] as number,
      ],
    },
);

export const cropping2D = layer(
  "Cuts the borders of an image off.",
  {
    cropping: margins(
      "How much: for all sides, [vertical, horizontal], or [[top, bottom], [left, right]].",
      2,
      0,
    ),
  },
  (input, { cropping: [vertical, horizontal] }) =>
    expectRank(input, 3, "[height, width, channels]") ?? {
      output: [
        (input[0] as number) - total(vertical),
        (input[1] as number) - total(horizontal),
        input[2] as number,
      ],
    },
);

export const upSampling2d = layer(
  "Enlarges an image.",
  {
    size: sizes("Factors of height and width.", 2, { fallback: 2 }),
    interpolation: choice("How new pixels are made.", ["nearest", "bilinear"], "nearest"),
  },
  (input, args) =>
    expectRank(input, 3, "[height, width, channels]") ?? {
      output: [
        (input[0] as number) * (args.size[0] as number),
        (input[1] as number) * (args.size[1] as number),
        input[2] as number,
      ],
    },
);

export const rescaling = layer(
  "Multiplies and shifts every value by fixed numbers.",
  {
    scale: channelNumbers("The factor, or one a channel."),
    offset: channelNumbers("Added afterwards.", { fallback: 0 }),
  },
  (input, { scale, offset }) => {
    for (const [argument, values] of Object.entries({ scale, offset }))
      if (typeof values === "object" && values.length !== input.at(-1))
        return {
          expected: `a number, or one for each of ${input.at(-1)} channels`,
          found: printShape(values),
          argument,
        };
    return { output: input };
  },
);

const total = (margin: readonly [number, number] | undefined): number => (margin ? margin[0] + margin[1] : 0);
