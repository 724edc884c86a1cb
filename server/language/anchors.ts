import type { Node } from "jsonc-parser";
import type { Anchor } from "../protocol.ts";
import { rangeOf } from "./check.ts";
import { lossModels } from "./model/losses.ts";
import { type StageModel, stageModels } from "./model/stages.ts";
import { member } from "./model/values.ts";
import { nodeAt, type Parsed, propertyOf } from "./parse.ts";
import { taskInText } from "./task.ts";

/**
 * Where a run's curves are drawn in the text: the whole loss after `losses`, each term after its own line; those of stages after
 * the lists of these.
 */
export function anchors(parsed: Parsed): Anchor[] {
  const { root } = parsed;
  if (root?.type !== "object") return [];
  const stages = stageModels(root, undefined, taskInText(root));
  if (stages.length === 1 && stages[0]?.node === undefined) return whole(parsed, root);
  return stages.flatMap((stage, index) => ofStage(parsed, stage, index));
}

function ofStage(parsed: Parsed, { node, list, losses }: StageModel, stage: number): Anchor[] {
  const own = node && list && isInside(list, node) ? list : undefined;
  // A stage with the losses of the experiment has no place for each of them.
  const key = own ? propertyOf(own)?.children?.[0] : node && member(node, "name");
  if (!key) return [];
  const terms = own ? losses : [];
  return [
    { name: "losses", series: "loss", stage, range: rangeOf(parsed, key) },
    ...terms.flatMap(({ name, node: loss }): Anchor[] =>
      loss ? [{ name, series: `terms.${name}.raw`, stage, range: rangeOf(parsed, loss) }] : [],
    ),
  ];
}

const isInside = (inner: Node, outer: Node): boolean =>
  inner.offset >= outer.offset && inner.offset < outer.offset + outer.length;

/** Of an experiment without stages. */
function whole(parsed: Parsed, root: Node): Anchor[] {
  const list = nodeAt(root, ["losses"]);
  const place = list ?? nodeAt(root, ["temperature"]) ?? nodeAt(root, ["alpha"]) ?? nodeAt(root, ["student"]);
  const key = place && propertyOf(place)?.children?.[0];
  const total: Anchor[] = key ? [{ name: "losses", series: "loss", range: rangeOf(parsed, key) }] : [];
  const terms = lossModels(root, undefined, taskInText(root)).flatMap(({ name, node }): Anchor[] =>
    node
      ? [
          {
            name,
            series: `terms.${name}.raw`,
            range: rangeOf(parsed, list ? node : (propertyOf(node) ?? node)),
          },
        ]
      : [],
  );
  return [...total, ...terms];
}
