import type { Node } from "jsonc-parser";
import { beyondColours, unfitFor } from "../../nets/augmentable.ts";
import { error, fix, type Uncoded } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { items, member, numberOf, textOf } from "../model/values.ts";
import { entryOf } from "../schema/entry.ts";
import type { Rule } from "./rule.ts";

/** Augmentations that need an image, a larger one, or colours, and those of texts. */
export const augmentationShape: Rule = {
  code: "augmentation-shape",
  *check({ data, teacher, at, parsed, samples }) {
    yield* mismatches(data.augment, data.train?.shape, parsed.text);
    const own = items(at("teacher", "train", "augment"));
    yield* mismatches(own, (teacher?.source ?? data.train)?.shape, parsed.text);
    if (samples?.facts?.areColours !== false) return;
    for (const node of data.augment) {
      const type = textOf(member(node, "type"));
      if (type !== undefined && entryOf("Augmentation", type)?.needsColours)
        yield { ...error(node, beyondColours(type)), code: "augmentation-range" };
    }
  },
};

function* mismatches(
  augment: readonly Node[],
  shape: readonly number[] | undefined,
  text: string,
): Generator<Uncoded> {
  if (!shape) return;
  for (const node of augment) {
    const type = textOf(member(node, "type"));
    const entry = entryOf("Augmentation", type);
    if (!entry || type === undefined) continue;
    const unfit = unfitFor(type, entry, shape);
    if (unfit !== undefined) {
      yield error(node, unfit, fix(`Remove ${type}`, removeItem(text, node)));
      continue;
    }
    if (!entry.needsImage) continue;
    const [height = 0, width = 0] = shape;
    const limit = Math.min(height, width);
    for (const [key, { unit }] of Object.entries(entry.properties ?? {})) {
      const value = unit === "pixels" ? member(node, key) : undefined;
      const size = numberOf(value) ?? 0;
      if (!value || size <= limit) continue;
      yield error(
        value,
        `The image has ${height} × ${width} pixels: \`${key}\` can be ${limit} at most; found ${size}.`,
      );
    }
  }
}
