import { fix, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { Rule } from "./rule.ts";

/** Unscaled pixels from 0 to 255: far too large for usual layers and learning rates. */
export const rawBytes: Rule = {
  code: "raw-bytes",
  *check({ at, data, parsed }) {
    const node = at("data");
    if (data.train?.type !== "idx" || !node || at("data", "normalize")) return;
    const { node: train, files } = data.train;
    const images = files.find(({ reference }) => reference.kind === "idx-images")?.knowledge?.facts;
    if (images?.dtype !== undefined && images.dtype !== "uint8") return; // IDX has wider numbers, too
    yield warning(
      headOf(train),
      "The pixels are bytes from 0 to 255, and no `normalize` scales them.",
      fix('Add "normalize": "fit"', insertProperty(parsed.text, node, "normalize", '"fit"')),
    );
  },
};
