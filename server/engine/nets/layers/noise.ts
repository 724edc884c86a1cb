import { number } from "./arguments.ts";
import { expectRank, layer, type RandomDraw, type Shape } from "./layer.ts";

const rate = number("Share of the values that is dropped.", { minimum: 0, below: 1 });

/** Noise of size 0 draws no numbers. */
const drawn = (size: number, distribution: RandomDraw["distribution"], shape: Shape) =>
  size > 0 ? { random: { distribution, shape } } : {};

/** Srivastava et al. 2014. */
export const dropout = layer(
  "In training, sets a random share of the values to 0 and enlarges the rest to match.",
  { rate },
  (input, args) => ({ output: input, ...drawn(args.rate, "uniform", input) }),
);

/** Tompson et al. 2015. */
export const spatialDropout1d = layer(
  "In training, sets whole channels of a sequence to 0.",
  { rate },
  (input, args) =>
    expectRank(input, 2, "[length, channels]") ?? {
      output: input,
      ...drawn(args.rate, "uniform", [1, input[1] as number]),
    },
);

export const gaussianNoise = layer(
  "In training, adds normal noise.",
  { stddev: number("Standard deviation of the noise.", { minimum: 0 }) },
  (input, { stddev }) => ({ output: input, ...drawn(stddev, "normal", input) }),
);

/** Srivastava et al. 2014, section 10. */
export const gaussianDropout = layer(
  "In training, multiplies by normal noise of mean 1 whose variance is that of dropout.",
  { rate },
  (input, args) => ({ output: input, ...drawn(args.rate, "normal", input) }),
);

/** Klambauer et al. 2017. */
export const alphaDropout = layer(
  "Dropout that keeps mean and variance where the activation is selu.",
  { rate },
  (input, args) => ({ output: input, ...drawn(args.rate, "uniform", input) }),
);
