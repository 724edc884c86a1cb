import type { Net } from "../server/engine/nets/net.ts";
import { presetLayers } from "../server/nets/presets/presets.ts";
import type { LayerSpec } from "../server/nets/shapes.ts";
import { net } from "./workloads.ts";

export interface LayoutNet {
  readonly name: string;
  readonly net: Net;
  readonly batch: number;
  /** The rule was not fitted to this net. */
  readonly heldOut: boolean;
}

interface Options {
  readonly kernel?: number;
  readonly strides?: number;
  readonly norm?: boolean;
}

const conv = (filters: number, { kernel = 3, strides = 1, norm = false }: Options = {}): LayerSpec[] => [
  { type: "conv2d", filters, kernelSize: kernel, strides, padding: "same", useBias: !norm },
  ...(norm ? [{ type: "batchNormalization" } as const] : []),
  { type: "reLU" },
];
const depthwise = (strides = 1): LayerSpec[] => [
  { type: "depthwiseConv2d", kernelSize: 3, strides, padding: "same", useBias: false },
  { type: "batchNormalization" },
  { type: "reLU" },
];
const pool: LayerSpec = { type: "maxPooling2d", poolSize: 2 };
const head: LayerSpec[] = [{ type: "globalAveragePooling2d" }, { type: "dense", units: 10 }];
const times = (count: number, layers: readonly LayerSpec[]): LayerSpec[] =>
  Array.from({ length: count }, () => layers).flat();

const normed = { norm: true };

function row(
  name: string,
  input: readonly number[],
  batch: number,
  layers: readonly LayerSpec[],
): Omit<LayoutNet, "heldOut"> {
  return whole(name, input, batch, [...layers, ...head]);
}

const whole = (
  name: string,
  input: readonly number[],
  batch: number,
  layers: readonly LayerSpec[],
): Omit<LayoutNet, "heldOut"> => ({
  name: `${name}, ${input.join("×")}, batch ${batch}`,
  net: net(layers, input),
  batch,
});

const residual = (
  options: { readonly depth: number; readonly width: number },
  input: readonly number[],
  batch: number,
): Omit<LayoutNet, "heldOut"> => ({
  name: `ResNet-${options.depth}, width ${options.width}, ${input.join("×")}, batch ${batch}`,
  net: net(presetLayers({ preset: "resnet", ...options }, 10), input),
  batch,
});

/** Nets on which the rule of layouts/chooseLowering.ts is measured. */
export const layoutNets = (): readonly LayoutNet[] => [
  ...fitted().map((one) => ({ ...one, heldOut: false })),
  ...heldOut().map((one) => ({ ...one, heldOut: true })),
];

function fitted() {
  const pointwise = { kernel: 1, norm: true };
  return [
    row("two convolutions, 16–32", [48, 48, 3], 64, [...conv(16), pool, ...conv(32), pool]),
    row("six of 16, norm", [24, 24, 1], 128, times(6, conv(16, normed))),
    row("64–64–128", [16, 16, 3], 128, [...conv(64), ...conv(64), pool, ...conv(128)]),
    row("5×5, 16–32", [28, 28, 1], 256, [...conv(16, { kernel: 5 }), pool, ...conv(32, { kernel: 5 }), pool]),
    row("strides instead of pools, 32–64–128, norm", [64, 64, 3], 32, [
      ...conv(32, { strides: 2, norm: true }),
      ...conv(64, { strides: 2, norm: true }),
      ...conv(128, { strides: 2, norm: true }),
    ]),
    row("bottlenecks 64–16–64, norm", [16, 16, 3], 64, [
      ...conv(64, normed),
      ...times(2, [
        ...conv(16, { kernel: 1, norm: true }),
        ...conv(16, normed),
        ...conv(64, { kernel: 1, norm: true }),
      ]),
    ]),
    row("depthwise separable, 32–64–128, norm", [32, 32, 3], 64, [
      ...conv(32, normed),
      ...depthwise(),
      ...conv(64, { kernel: 1, norm: true }),
      ...depthwise(2),
      ...conv(128, { kernel: 1, norm: true }),
    ]),
    row("32–64, few samples", [32, 32, 3], 8, [...conv(32), pool, ...conv(64), pool]),
    row("16–32–32", [96, 96, 3], 16, [...conv(16), pool, ...conv(32), pool, ...conv(32), pool]),
    row("20–40–40, which fill no block", [32, 32, 3], 128, [...conv(20), pool, ...conv(40), ...conv(40)]),
    row("20–40, which fill no block, few samples", [32, 32, 3], 8, [...conv(20), pool, ...conv(40), pool]),
    row("12–24, which fill no block, large maps", [96, 96, 3], 16, [...conv(12), pool, ...conv(24), pool]),
    row("depthwise separable, 24–48, no norm, few samples", [28, 28, 1], 4, [
      ...conv(24),
      { type: "depthwiseConv2d", kernelSize: 3, padding: "same" },
      ...conv(48, { kernel: 1 }),
    ]),
    row("64–64 on small maps", [8, 8, 16], 512, [...conv(64), ...conv(64)]),
    row("12–48–48, norm", [40, 40, 3], 64, [
      ...conv(12, normed),
      pool,
      ...conv(48, normed),
      pool,
      ...conv(48, normed),
    ]),
    residual({ depth: 14, width: 16 }, [24, 24, 3], 32),
    residual({ depth: 8, width: 24 }, [32, 32, 3], 64),
    row("24–48, norm", [28, 28, 1], 128, [...conv(24, normed), pool, ...conv(48, normed), pool]),
    residual({ depth: 8, width: 12 }, [32, 32, 3], 64),
    residual({ depth: 8, width: 40 }, [16, 16, 3], 64),
    row("8–32–32, norm", [32, 32, 3], 128, [
      ...conv(8, normed),
      pool,
      ...conv(32, normed),
      pool,
      ...conv(32, normed),
    ]),
    row("16–24–32, norm", [28, 28, 1], 64, [
      ...conv(16, normed),
      ...conv(24, normed),
      pool,
      ...conv(32, normed),
    ]),
    row("48–40–48", [20, 20, 3], 96, [...conv(48), ...conv(40), ...conv(48)]),
    row("strides instead of pools, 32–64–96, norm", [40, 40, 3], 20, [
      ...conv(32, { strides: 2, norm: true }),
      ...conv(64, { strides: 2, norm: true }),
      ...conv(96, { strides: 2, norm: true }),
    ]),
    row("bottlenecks 48–12–48, norm", [16, 16, 3], 128, [
      ...conv(48, normed),
      ...times(2, [...conv(12, pointwise), ...conv(12, normed), ...conv(48, pointwise)]),
    ]),
    row("depthwise separable, 16–48–80, norm", [24, 24, 3], 64, [
      ...conv(16, normed),
      ...depthwise(),
      ...conv(48, pointwise),
      ...depthwise(2),
      ...conv(80, pointwise),
    ]),
    row("depthwise separable, 24–40–72, norm", [20, 20, 3], 128, [
      ...conv(24, normed),
      ...depthwise(),
      ...conv(40, pointwise),
      ...depthwise(2),
      ...conv(72, pointwise),
    ]),
    row("5×5, 12–32", [28, 28, 1], 64, [...conv(12, { kernel: 5 }), pool, ...conv(32, { kernel: 5 }), pool]),
    row("10–20–40", [32, 32, 3], 32, [...conv(10), pool, ...conv(20), pool, ...conv(40)]),
    row("32–32–64, norm, few samples", [12, 12, 8], 8, [
      ...conv(32, normed),
      ...conv(32, normed),
      ...conv(64, normed),
    ]),
    whole("LeNet", [28, 28, 1], 128, presetLayers({ preset: "lenet" }, 10)),
    whole("LeNet", [32, 32, 3], 128, presetLayers({ preset: "lenet" }, 10)),
    row("1–1", [28, 28, 1], 64, [...conv(1), ...conv(1)]),
    row("2–4", [28, 28, 1], 64, [...conv(2), pool, ...conv(4), pool]),
    row("4–32", [28, 28, 1], 128, [...conv(4), pool, ...conv(32), pool]),
    row("5×5, 6–16", [16, 16, 3], 64, [...conv(6, { kernel: 5 }), ...conv(16, { kernel: 5 })]),
    row("6–12–24", [32, 32, 3], 64, [...conv(6), pool, ...conv(12), pool, ...conv(24)]),
    row("7–14", [64, 64, 3], 16, [...conv(7), pool, ...conv(14), pool]),
    row("8–8–8 and a 1×1", [28, 28, 1], 128, [...conv(8), ...conv(8, { kernel: 1 }), pool, ...conv(8)]),
    row("8 depthwise 16 depthwise 32, norm", [32, 32, 3], 64, [
      ...conv(8, { strides: 2, norm: true }),
      ...depthwise(),
      ...conv(16, pointwise),
      ...depthwise(2),
      ...conv(32, pointwise),
    ]),
    row("10–10–20 with strides", [64, 64, 3], 32, [
      ...conv(10, { strides: 2 }),
      ...conv(10),
      ...conv(20, { strides: 2 }),
    ]),
  ];
}

/**
 * Written down after the rates were fixed and before measuring any of them; the last four after the rate of copies was
 * fixed.
 */
function heldOut() {
  const pointwise = { kernel: 1, norm: true };
  return [
    row("18–36, norm", [24, 24, 3], 96, [...conv(18, normed), pool, ...conv(36, normed), pool]),
    residual({ depth: 8, width: 20 }, [28, 28, 1], 48),
    row("14–28–56", [32, 32, 1], 128, [...conv(14), pool, ...conv(28), pool, ...conv(56), pool]),
    row("three of 24, norm", [20, 20, 3], 32, times(3, conv(24, normed))),
    row("7×7 with strides, 24–48, norm", [56, 56, 3], 24, [
      ...conv(24, { kernel: 7, strides: 2, norm: true }),
      pool,
      ...conv(48, normed),
    ]),
    row("40–56, pools of odd maps", [30, 30, 3], 64, [...conv(40), pool, ...conv(56), pool]),
    row("bottlenecks 80–20–80, norm", [12, 12, 8], 64, [
      ...conv(80, normed),
      ...times(2, [...conv(20, pointwise), ...conv(20, normed), ...conv(80, pointwise)]),
    ]),
    row("11–22–44, norm", [36, 36, 3], 40, [
      ...conv(11, normed),
      pool,
      ...conv(22, normed),
      pool,
      ...conv(44, normed),
    ]),
    row("16–16–128, norm", [16, 16, 3], 256, [
      ...conv(16, normed),
      ...conv(16, normed),
      pool,
      ...conv(128, normed),
    ]),
    row("9–9, few samples", [64, 64, 1], 8, [...conv(9), ...conv(9)]),
    row("3–6–12", [28, 28, 3], 100, [...conv(3), pool, ...conv(6), pool, ...conv(12)]),
    row("5×5 with strides, 5–20, norm", [40, 40, 1], 50, [
      ...conv(5, { kernel: 5, strides: 2, norm: true }),
      ...conv(20, { kernel: 5, strides: 2, norm: true }),
    ]),
    row("6 depthwise 12, norm", [24, 24, 1], 128, [
      ...conv(6, normed),
      ...depthwise(),
      ...conv(12, pointwise),
    ]),
    row("12–6", [20, 20, 3], 64, [...conv(12), pool, ...conv(6)]),
  ];
}
