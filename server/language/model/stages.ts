import type { Node } from "jsonc-parser";
import type { Schema } from "../../parameters/schema.ts";
import type { TaskName } from "../../tasks/tasks.ts";
import { type LossModel, lossesOf, lossModels } from "./losses.ts";
import { items, member, textOf } from "./values.ts";

/** A part of the training as the text says it; one where it names no stages. */
export interface StageModel {
  readonly name: string | undefined;
  /** Its object; undefined for an experiment without stages. */
  readonly node: Node | undefined;
  /** The list of its losses: its own, or the experiment's. */
  readonly list: Node | undefined;
  readonly losses: readonly LossModel[];
  /** The value of a key in the stage, else in the experiment. */
  readonly at: (key: "optimizer" | "schedule") => Node | undefined;
  /** Its own `training`; the experiment's where there are no stages. */
  readonly training: Node | undefined;
}

/**
 * @param schema with what modules declare, where that is known
 * @param task classification when absent
 */
export function stageModels(root: Node, schema?: Schema, task?: TaskName): readonly StageModel[] {
  const whole = { list: member(root, "losses"), losses: lossModels(root, schema, task) };
  const objects = stageNodes(root);
  if (objects.length === 0)
    return [
      {
        name: undefined,
        node: undefined,
        ...whole,
        at: (key) => member(root, key),
        training: member(root, "training"),
      },
    ];
  return objects.map((node) => {
    const list = member(node, "losses");
    return {
      name: textOf(member(node, "name")),
      node,
      ...(list ? { list, losses: lossesOf(list, schema) } : whole),
      at: (key) => member(node, key) ?? member(root, key),
      training: member(node, "training"),
    };
  });
}

/** The objects of the stages. */
export const stageNodes = (root: Node | undefined): readonly Node[] =>
  items(member(root, "stages")).filter(({ type }) => type === "object");

/** Each list of losses that is in the text: the experiment's, the stages', and the student alone's. */
export const lossLists = (root: Node | undefined): readonly Node[] =>
  [root, ...stageNodes(root), member(member(root, "baselines"), "studentAlone")].flatMap(
    (owner) => member(owner, "losses") ?? [],
  );
