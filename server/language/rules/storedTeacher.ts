import type { Node } from "jsonc-parser";
import { counted } from "../../grouped.ts";
import { noAugmentation, noLayers } from "../../nets/storedTeacher.ts";
import { error, fix, type Uncoded, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { Model } from "../model/model.ts";
import { member, textOf } from "../model/values.ts";
import { nodeAt } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** A teacher that is stored outputs: what is stored, and what a network would be needed for. */
export const storedTeacher: Rule = {
  code: "teacher-stored",
  *check(model) {
    const { teacher } = model;
    if (!teacher || textOf(member(teacher.node, "type")) !== "outputs") return;
    yield* onLayers(model);
    yield* augmented(model);
    yield* sources(model);
    yield* found(model);
  },
};

/** Losses that look at layers. */
function* onLayers({ losses }: Model): Generator<Uncoded> {
  for (const { type, node, seesTeacher, layers } of losses)
    if (node && seesTeacher && layers.teacher.length > 0)
      yield error(layers.teacher[0] ?? node, noLayers(type));
}

/** Samples that a network would have to be asked about. */
export function* augmented({ at, data, parsed }: Model): Generator<Uncoded> {
  const augment = at("data", "augment");
  const property = augment?.parent;
  if (!augment || !property || data.augment.length === 0) return;
  yield error(headOf(augment), noAugmentation, fix("Remove `augment`", removeItem(parsed.text, property)));
}

type Coded = Uncoded & { readonly code?: string };

/** Which sources there are outputs of, and how many, as far as headers say. */
function* sources({ teacher, at, data, files, samples, parsed, root }: Model): Generator<Coded> {
  for (const key of ["train", "validation", "test", "unlabelled"] as const) {
    const path = member(teacher?.node, key);
    const source = data[key];
    if (key === "unlabelled" && at("data", "unlabelled") && !path)
      yield error(
        headOf(teacher?.node ?? root),
        'There are samples without labels in `data.unlabelled`, and no outputs of them: name their file, "unlabelled": "…".',
      );
    if (!path?.parent) continue;
    const isShare = key in data.shares;
    if (!at("data", key) || isShare) {
      const why = isShare
        ? `\`data.${key}\` is a part of the training samples, whose outputs are in \`train\``
        : `There is no \`data.${key}\``;
      yield warning(
        path,
        `${why}: these are not used.`,
        fix(`Remove \`${key}\``, removeItem(parsed.text, path.parent)),
      );
      continue;
    }
    // Where the samples were read, that says more.
    if (samples !== undefined || source?.count === undefined) continue;
    const facts = files.find(({ reference }) => reference.node === path)?.knowledge?.facts;
    const rows = facts?.count;
    if (rows === undefined || rows === source.count || rows === source.fileCount) continue;
    yield {
      ...error(
        path,
        facts?.shape?.[0] === source.count
          ? `The array is [${rows}, ${source.count}], with the samples last. Store its transpose: outputs.T.`
          : `There are ${counted(rows, "row")} for ${counted(source.count, "sample")}. Give one row per sample, in their order.`,
      ),
      code: "count-mismatch",
    };
  }
}

const isWithin = (node: Node | undefined, outer: Node | undefined): boolean =>
  node !== undefined && (node === outer || isWithin(node.parent, outer));

/** The result of reading samples and outputs. */
function* found({ teacher, samples, root, files }: Model): Generator<Coded> {
  if (files.some(({ reference, knowledge }) => reference.kind === "outputs" && knowledge?.problem)) return;
  for (const { code, severity, message, at } of samples?.facts?.stored ?? []) {
    // classMismatch reports it from the header.
    if (code === "class-mismatch") continue;
    const node = nodeAt(root, at) ?? root;
    if (!isWithin(node, teacher?.node)) continue;
    const place = node.type === "object" ? headOf(node) : node;
    yield { ...(severity === "error" ? error : warning)(place, message), code };
  }
}
