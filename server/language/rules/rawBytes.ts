import { holdsSamples } from "../facts.ts";
import { fix, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { SourceModel } from "../model/data.ts";
import type { Rule } from "./rule.ts";

/** Sources whose values are pixels. */
const imageTypes = ["idx", "images", "cifar"];

/** Unscaled pixels from 0 to 255: far too large for usual layers and learning rates. */
export const rawBytes: Rule = {
  code: "raw-bytes",
  *check({ at, data, parsed }) {
    const node = at("data");
    const type = data.train?.type ?? "";
    const hasPixels =
      imageTypes.includes(type) || (type === "parquet" && at("data", "train", "image") !== undefined);
    if (!hasPixels || !node || at("data", "normalize")) return;
    const { node: train, files } = data.train as SourceModel;
    const images = files.find(({ reference }) => holdsSamples(reference))?.knowledge?.facts;
    if (images?.dtype !== undefined && images.dtype !== "uint8") return; // IDX has wider numbers, too
    yield warning(
      headOf(train),
      "The pixels are bytes from 0 to 255, and no `normalize` scales them.",
      fix('Add "normalize": "fit"', insertProperty(parsed.text, node, "normalize", '"fit"')),
    );
  },
};
