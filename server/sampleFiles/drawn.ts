import type { NpyArray } from "../data/formats/writeNpz.ts";
import { generator, uniform } from "../data/random.ts";

/** How many samples are drawn of a split. */
const sampleCount = { train: 400, validation: 100, test: 200 } as const;
export type SampleSplit = keyof typeof sampleCount;

/** Numbers from 0 to 1, the same in every call, others for each split. */
function drawOf(split: SampleSplit): () => number {
  const seed = Object.keys(sampleCount).indexOf(split);
  const next = generator({ seed, step: 0, use: "sample data" });
  return () => uniform(next);
}

/** Three rings around one centre, with noise: a table that no line divides. */
export function rings(split: SampleSplit, label: string): string {
  const draw = drawOf(split);
  const names = ["inner", "middle", "outer"];
  const lines = Array.from({ length: sampleCount[split] }, (_, row) => {
    const ring = row % names.length;
    const angle = 2 * Math.PI * draw();
    const radius = 1 + ring + 0.6 * (draw() + draw() - 1);
    return [radius * Math.cos(angle), radius * Math.sin(angle), draw()]
      .map((value) => value.toFixed(3))
      .concat(names[ring] as string)
      .join(",");
  });
  return `${["x", "y", "noise", label].join(",")}\n${lines.join("\n")}\n`;
}

/** Discs, squares, crosses and frames of any colour on another, 32 pixels wide: images [count, 32, 32, 3] and labels [count]. */
export function shapes(split: SampleSplit): { readonly images: NpyArray; readonly labels: NpyArray } {
  const draw = drawOf(split);
  const [count, side] = [sampleCount[split], 32];
  const images = new Float32Array(count * side * side * 3);
  const labels = Float32Array.from({ length: count }, (_, row) => row % kinds.length);
  for (let row = 0; row < count; row++) {
    const radius = 5 + 7 * draw();
    const [x, y] = [0, 1].map(() => radius + (side - 2 * radius) * draw()) as [number, number];
    const [ground, colour] = [0, 1].map(() => [0, 1, 2].map(() => Math.floor(256 * draw())));
    const isInside = kinds[labels[row] as number] as (typeof kinds)[number];
    for (let at = 0; at < side * side; at++) {
      const across = Math.abs((at % side) - x) / radius;
      const down = Math.abs(Math.floor(at / side) - y) / radius;
      images.set((isInside(across, down) ? colour : ground) as number[], (row * side * side + at) * 3);
    }
  }
  return {
    images: { shape: [count, side, side, 3], values: images },
    labels: { shape: [count], values: labels },
  };
}

/** Whether a place belongs to the shape: by its distance from the centre in each direction, in radii. */
const kinds = [
  (x: number, y: number) => x * x + y * y < 1,
  (x: number, y: number) => Math.max(x, y) < 0.85,
  (x: number, y: number) => Math.max(x, y) < 1 && Math.min(x, y) < 0.3,
  (x: number, y: number) => Math.max(x, y) < 1 && Math.max(x, y) > 0.65,
] as const;
