import {
  addShares,
  averagePool,
  averagePoolShares,
  maxPool,
  maxPoolShares,
} from "../../compositions/gatheredPools.ts";
import type { ImageRows, Parts } from "../../compositions/imageRows.ts";
import { input, type Operations, output } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { type Position, positions, reach, type Windows, windowsOf } from "../../slidingWindows.ts";
import { stored } from "./convertLayout.ts";
import { image } from "./layout.ts";
import { asImage, type Emission, type Planner, readImage } from "./planner.ts";

interface Area {
  readonly windows: Windows;
  readonly outputs: readonly Position[];
}

/** A maximum needs every position: missing positions read as zero, which is not neutral for a maximum. */
function covers(parts: Parts, wanted: readonly Position[]): boolean {
  const had = new Set(parts.flat());
  return wanted.every((position) => had.has(position));
}

const pool =
  (
    compose: (ops: Operations, image: ImageRows, area: Area) => Value,
    { needsAll }: { readonly needsAll: boolean },
  ): Planner =>
  (node, context) => {
    const windows = windowsOf(node);
    if (windows === undefined) return undefined;
    const x = input(node, "x");
    const layout = asImage(context, x);
    const outputs = context.partsOf(output(node)).flat();
    if (needsAll && !covers(layout.parts, reach(windows, outputs))) return undefined;
    return {
      reads: new Map([[x, layout]]),
      outputs: [image([outputs])],
      emit: (emission) => [
        stored(image([outputs]), compose(emission.ops, readImage(emission, x), { windows, outputs })),
      ],
    };
  };

/** Where windows lie side by side the shares are the parts of the result, one a tap. */
const poolGradient =
  (
    {
      reads,
      ofOutputs,
      needsAll,
    }: { readonly reads: readonly string[]; readonly ofOutputs: string; readonly needsAll?: string },
    sharesOf: (emission: Emission, images: Readonly<Record<string, ImageRows>>, area: Area) => Value[],
  ): Planner =>
  (node, context) => {
    const windows = windowsOf(node);
    if (windows === undefined) return undefined;
    const outputs = asImage(context, input(node, ofOutputs)).parts.flat();
    const split = positions(windows.taps).map((tap) => outputs.map((at) => windows.at(at, tap)));
    const wanted = context.partsOf(output(node)).flat();
    const parts = windows.disjoint ? split : [wanted];
    if (
      needsAll !== undefined &&
      !covers(asImage(context, input(node, needsAll)).parts, reach(windows, outputs))
    )
      return undefined;
    return {
      reads: new Map(reads.map((name) => [input(node, name), asImage(context, input(node, name))] as const)),
      outputs: [image(parts)],
      emit(emission) {
        const images = Object.fromEntries(
          reads.map((name) => [name, readImage(emission, input(node, name))] as const),
        );
        const shares = sharesOf(emission, images, { windows, outputs });
        if (windows.disjoint) return [stored(image(parts), ...shares)];
        const like = images["dy"] as ImageRows;
        const sum = addShares(emission.ops, shares, { image: like, windows, outputs, positions: wanted });
        return [stored(image(parts), sum)];
      },
    };
  };

export const poolPlans: Readonly<Record<string, Planner>> = {
  MaxPool: pool(maxPool, { needsAll: true }),
  AvgPool: pool(averagePool, { needsAll: false }),
  MaxPoolGrad: poolGradient(
    { reads: ["input", "output", "dy"], ofOutputs: "output", needsAll: "input" },
    ({ ops }, { input: x, output: y, dy }, area) =>
      maxPoolShares(ops, { x, y, dy } as Record<"x" | "y" | "dy", ImageRows>, area),
  ),
  AvgPoolGrad: poolGradient({ reads: ["dy"], ofOutputs: "dy" }, ({ ops }, { dy }, area) =>
    averagePoolShares(ops, dy as ImageRows, area),
  ),
};
