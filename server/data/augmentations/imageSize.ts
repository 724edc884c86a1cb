export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** @param shape of one sample: [height, width, channels] */
export function imageSize(shape: readonly number[]): ImageSize {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    throw new RangeError(
      `Images of [height, width, channels] are needed, not samples of [${shape.join(", ")}].`,
    );
  }
  return { height, width, channels };
}
