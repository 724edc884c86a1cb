import type { Node } from "jsonc-parser";
import { error, fix, type Uncoded } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { items, member, numberOf, textOf } from "../model/values.ts";
import { entryOf } from "../schema/entry.ts";
import type { Rule } from "./rule.ts";

/** Augmentations that need an image, or a larger one. */
export const augmentationShape: Rule = {
  code: "augmentation-shape",
  *check({ data, teacher, at, parsed }) {
    yield* mismatches(data.augment, data.train?.shape, parsed.text);
    const own = items(at("teacher", "train", "augment"));
    yield* mismatches(own, (teacher?.source ?? data.train)?.shape, parsed.text);
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
    if (!entry?.needsImage) continue;
    const removal = fix(`Remove ${type}`, removeItem(text, node));
    if (shape.length !== 3) {
      yield error(
        node,
        `\`${type}\` is for images; the samples have the shape [${shape.join(", ")}].`,
        removal,
      );
      continue;
    }
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
