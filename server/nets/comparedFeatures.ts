import type { Schema } from "../parameters/schema.ts";
import { printShape, type Shape } from "./layers/layer.ts";
import type { LayerSpec } from "./shapes.ts";

/** Projects the student's features to the teacher's shape: a convolution (a dense layer), alone or with norm and ReLU. */
export const projectors = ["none", "linear", "relu"] as const;
export type Projector = (typeof projectors)[number];

export interface FeatureObstacle {
  /** In one sentence, without its beginning. */
  readonly message: string;
  /** A projector that would help. */
  readonly projector?: Projector;
}

/**
 * What keeps a loss that compares such features from comparing these two, known from their shapes alone: light, so that the editor can ask on each
 * keystroke. Shapes are of one sample, [height, width, channels] for maps.
 */
export function featureObstacle(
  compares: NonNullable<Schema["compares"]>,
  student: Shape,
  teacher: Shape,
  projector: Projector = "none",
): FeatureObstacle | undefined {
  const shapes = `the student's features are ${printShape(student)}, the teacher's ${printShape(teacher)}`;
  switch (compares) {
    case "any":
      return undefined;
    case "maps":
      if (student.length !== 3 || teacher.length !== 3)
        return { message: `it compares feature maps [height, width, channels]; ${shapes}` };
      return comparable(student, teacher)
        ? undefined
        : { message: `neither map is the larger one; ${shapes}` };
    case "sameChannels":
      return student.length === 3 && teacher.length === 3 && student[2] === teacher[2]
        ? undefined
        : { message: `it compares two feature maps with a channel for each class; ${shapes}` };
    case "mapsOrFlat":
      if (student.length !== teacher.length || (student.length !== 1 && student.length !== 3))
        return { message: `it compares two feature maps, or two flat features; ${shapes}` };
      return student.length === 1 || comparable(student, teacher)
        ? undefined
        : { message: `neither map is the larger one; ${shapes}` };
    case "sameShape": {
      if (projector !== "none")
        return projectorLayers(projector, student, teacher)
          ? undefined
          : { message: `no projector brings one to the other; ${shapes}` };
      if (student.length === teacher.length && student.every((extent, axis) => extent === teacher[axis]))
        return undefined;
      const helpful = student.length === 3 ? "relu" : "linear";
      return {
        message: `without a projector they must have one shape; ${shapes}`,
        ...(projectorLayers(helpful, student, teacher) ? { projector: helpful } : {}),
      };
    }
  }
}

/** One of two maps is no smaller than the other either way, so that it can be pooled to it. */
const comparable = (a: Shape, b: Shape): boolean =>
  [0, 1].every((axis) => extent(a, axis) >= extent(b, axis)) ||
  [0, 1].every((axis) => extent(a, axis) <= extent(b, axis));

const extent = (shape: Shape, axis: number): number => shape[axis] as number;

/** Height and width of the smaller of two maps. */
export const smallerExtents = (a: Shape, b: Shape): readonly [number, number] => [
  Math.min(extent(a, 0), extent(b, 0)),
  Math.min(extent(a, 1), extent(b, 1)),
];

/**
 * The layers of a projector, or undefined where there is none for these shapes. For maps it is mdistiller's: a 1×1
 * convolution for maps of one size, 3×3 with stride 2 to half the size, a transposed 4×4 one to twice the size, and one without
 * padding, 1 + the difference wide, to other smaller sizes.
 */
export function projectorLayers(
  projector: Exclude<Projector, "none">,
  student: Shape,
  teacher: Shape,
): readonly LayerSpec[] | undefined {
  const channels = teacher.at(-1) as number;
  const projection =
    (student.length === 1 && teacher.length === 1) || areSequences(student, teacher)
      ? [{ type: "dense", name: "dense", units: channels }]
      : student.length === 3 && teacher.length === 3
        ? convolution(student, teacher, { name: "conv", filters: channels, useBias: false })
        : undefined;
  if (projector === "linear" || !projection) return projection;
  // PyTorch's epsilon and momentum.
  return [
    ...projection,
    { type: "batchNormalization", name: "bn", epsilon: 1e-5, momentum: 0.9 },
    { type: "reLU", name: "relu" },
  ];
}

/** [positions, features] of both, with as many positions. */
const areSequences = (student: Shape, teacher: Shape): boolean =>
  student.length === 2 && teacher.length === 2 && student[0] === teacher[0];

function convolution(
  [h = 0, w = 0]: Shape,
  [height = 0, width = 0]: Shape,
  common: { readonly name: string; readonly filters: number; readonly useBias: boolean },
): readonly LayerSpec[] | undefined {
  if (h === 2 * height && w === 2 * width) {
    // Padding "same" would put it at the bottom and right alone where the size is even.
    const padding = { type: "zeroPadding2d", name: "pad", padding: 1 };
    return [padding, { type: "conv2d", kernelSize: 3, strides: 2, ...common }];
  }
  if (2 * h === height && 2 * w === width)
    return [{ type: "conv2dTranspose", kernelSize: 4, strides: 2, padding: "same", ...common }];
  if (h < height || w < width) return undefined;
  return [{ type: "conv2d", kernelSize: [1 + h - height, 1 + w - width], ...common }];
}
