/** Where the pixels that an image shows come from. Moves change this and no pixel, so that any number of them is one gather. */
export interface Placement {
  readonly height: number;
  readonly width: number;
  /** For each line the number of the first pixel of the line that it shows, or `outside`. */
  readonly rows: Int32Array; // [height]
  /** For each place in a line the place that it shows, or `outside`. */
  readonly columns: Int32Array; // [width]
  /** Black beyond the edges: the number after the last pixel's. */
  readonly outside: number;
  /** Each shows 0 where both its line and its place in the line are 1. */
  readonly cuts: readonly Lines[];
}

export interface Lines {
  readonly rows: Int32Array; // [height]
  readonly columns: Int32Array; // [width]
}
