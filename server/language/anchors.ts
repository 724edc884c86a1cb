import type { Anchor } from "../protocol.ts";
import { rangeOf } from "./check.ts";
import { lossModels } from "./model/losses.ts";
import { nodeAt, type Parsed, propertyOf } from "./parse.ts";
import { taskInText } from "./task.ts";

/** Where a run's curves are drawn in the text: the whole loss after `losses`, each term after its own line. */
export function anchors(parsed: Parsed): Anchor[] {
  const { root } = parsed;
  if (root?.type !== "object") return [];
  const list = nodeAt(root, ["losses"]);
  const whole = list ?? nodeAt(root, ["temperature"]) ?? nodeAt(root, ["alpha"]) ?? nodeAt(root, ["student"]);
  const key = whole && propertyOf(whole)?.children?.[0];
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
