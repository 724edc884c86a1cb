import type { LayerSpec } from "../server/nets/shapes.ts";

/** What stands in peer.py as ResNet18 and Depthwise. */

const normed = (
  name: string,
  layer: LayerSpec,
  { from, activated = true }: { readonly from: string; readonly activated?: boolean },
): LayerSpec[] => [
  { ...layer, name, inputs: from, padding: "same", useBias: false } as LayerSpec,
  { type: "batchNormalization", name: `${name}.norm`, momentum: 0.9, epsilon: 1e-5 },
  ...(activated ? [{ type: "reLU", name: `${name}.out` } as const] : []),
];

/** ResNet-18, He et al. 2016, table 1, as it is used for images of 64×64: 11 M parameters. */
export function resnet18(classes: number): LayerSpec[] {
  const layers = [
    ...normed("stem", { type: "conv2d", filters: 64, kernelSize: 7, strides: 2 }, { from: "input" }),
    { type: "maxPooling2d", name: "pooled", poolSize: 3, strides: 2, padding: "same" } as const,
  ];
  let from = "pooled";
  for (const [stage, filters] of [64, 128, 256, 512].entries())
    for (const block of [0, 1]) {
      const name = `block${stage}${block}`;
      const strides = stage > 0 && block === 0 ? 2 : 1;
      const conv = { type: "conv2d", filters, kernelSize: 3 } as const;
      const isProjected = strides === 2;
      layers.push(
        ...normed(`${name}.1`, { ...conv, strides }, { from }),
        ...normed(`${name}.2`, conv, { from: `${name}.1.out`, activated: false }),
        ...(isProjected
          ? normed(`${name}.short`, { ...conv, kernelSize: 1, strides }, { from, activated: false })
          : []),
        {
          type: "add",
          name: `${name}.add`,
          inputs: [`${name}.2.norm`, isProjected ? `${name}.short.norm` : from],
        },
        { type: "reLU", name: `${name}.out` },
      );
      from = `${name}.out`;
    }
  return [...layers, { type: "globalAveragePooling2d" }, { type: "dense", units: classes }];
}

/** MobileNet's blocks (Howard et al. 2017), from 32 to 256 channels. */
export function depthwiseNet(classes: number): LayerSpec[] {
  const layers = normed("stem", { type: "conv2d", filters: 32, kernelSize: 3 }, { from: "input" });
  let from = "stem.out";
  for (const [i, [filters, strides]] of depthwiseBlocks.entries()) {
    const spatial = { type: "depthwiseConv2d", kernelSize: 3, strides } as const;
    layers.push(
      ...normed(`spatial${i}`, spatial, { from }),
      ...normed(`mixed${i}`, { type: "conv2d", filters, kernelSize: 1 }, { from: `spatial${i}.out` }),
    );
    from = `mixed${i}.out`;
  }
  return [...layers, { type: "globalAveragePooling2d" }, { type: "dense", units: classes }];
}

const depthwiseBlocks = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
] as const;
