import { choice, optionalSizes, sizes } from "./arguments.ts";
import { windowed } from "./convolution.ts";
import { expectRank, layer } from "./layer.ts";

const spatialAxes = ["", "[length, channels]", "[height, width, channels]"];

const pooling = (axes: 1 | 2, summary: string) =>
  layer(
    summary,
    {
      poolSize: sizes("Size of the window.", axes, { fallback: 2 }),
      strides: optionalSizes("Step of the window; its size when absent.", axes),
      padding: choice("`same` also pools windows that reach over the edge.", ["valid", "same"], "valid"),
    },
    (input, { poolSize, strides, padding }) =>
      expectRank(input, axes + 1, spatialAxes[axes] as string) ?? {
        output: [
          ...windowed(input, { kernelSize: poolSize, strides: strides ?? poolSize, padding }),
          input.at(-1) as number,
        ],
      },
  );

const globalPooling = (axes: 1 | 2, summary: string) =>
  layer(
    summary,
    {},
    (input) =>
      expectRank(input, axes + 1, spatialAxes[axes] as string) ?? { output: [input.at(-1) as number] },
  );

export const maxPooling1d = pooling(1, "The largest value of each window of a sequence.");
export const averagePooling1d = pooling(1, "The mean of each window of a sequence.");
export const globalMaxPooling1d = globalPooling(1, "The largest value of each channel of a sequence.");
export const globalAveragePooling1d = globalPooling(1, "The mean of each channel of a sequence.");
export const maxPooling2d = pooling(2, "The largest value of each window of an image.");
export const averagePooling2d = pooling(2, "The mean of each window of an image.");
export const globalMaxPooling2d = globalPooling(2, "The largest value of each channel of an image.");
export const globalAveragePooling2d = globalPooling(2, "The mean of each channel of an image.");
