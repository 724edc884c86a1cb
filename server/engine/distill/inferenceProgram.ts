import type { Tensor } from "@tensorflow/tfjs-core";
import type { Net, Parameter } from "../nets/net.ts";
import type { Entry, Program, TensorSpec } from "../program.ts";
import { asGroup, inGroup, weightsGroup } from "./names.ts";
import { required } from "./optimizers/optimizer.ts";

/**
 * A net for inference: `evaluate@B` takes `x` and gives `logits`. State: `weights/…`.
 * @param taps layers whose outputs it also gives, as `tap/LAYER`
 */
export const inferenceProgram = (
  net: Net,
  batchSizes: readonly number[],
  taps: readonly string[] = [],
): Program => ({
  state: asGroup(weightsGroup, parameterSpecs(net.parameters)),
  entries: batchSizes.map((batch) => evaluation(net, { group: weightsGroup, batch, taps })),
});

/** @param group of the state that has the weights */
export const evaluation = (
  net: Net,
  {
    group,
    batch,
    taps,
  }: { readonly group: string; readonly batch: number; readonly taps: readonly string[] },
): Entry => ({
  name: `evaluate@${batch}`,
  inputs: { x: { shape: [batch, ...net.inputShape], dtype: "float32" } },
  run: (state, { x }) => {
    const outputs = net.apply(inGroup(group, state), x as Tensor, { training: false });
    const tapped = Object.fromEntries(taps.map((layer) => [layer, required(outputs.taps, layer)]));
    return { state: {}, outputs: { logits: outputs.logits, ...asGroup("tap", tapped) } };
  },
});

/** State tensors of parameters, of all or of some. */
export const parameterSpecs = (
  parameters: Readonly<Record<string, Parameter>>,
  wanted: (parameter: Parameter) => boolean = () => true,
): Record<string, TensorSpec> =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, parameter]) =>
      wanted(parameter) ? [[name, { shape: parameter.shape, dtype: "float32" }]] : [],
    ),
  );
