import type { MetricsAccumulator } from "./task.ts";

type Batch = Parameters<MetricsAccumulator["add"]>[0];

/**
 * What the samples of a batch should be given, [samples, outputs].
 * @param noun what is given for each, in the message
 * @throws Error where there is not one target and one number for each sample and output
 */
export function targetsOf({ logits, labels, targets }: Batch, outputs: number, noun: string) {
  if (targets === undefined || targets.length !== labels.length * outputs || logits.length !== targets.length)
    throw new Error(
      `Expected ${labels.length} × ${outputs} ${noun}, found ${logits.length} and ${targets?.length}`,
    );
  return targets;
}
