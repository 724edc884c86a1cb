import { resolve } from "node:path";
import type { CifarSource, UnlabelledCifarSource } from "../../../schemas/experiment.gen.ts";
import { choice, file, optional } from "../../parameters/parameter.ts";
import { toLabels } from "../arrayLabels.ts";
import { knownClasses } from "../classNames.ts";
import { cifarClasses, cifarOnDisk, cifarShape, findCifar, pixelBytes, readCifar } from "../formats/cifar.ts";
import { noLabel } from "../labels.ts";
import { whyOnDisk } from "../placement.ts";
import { statsOf } from "../reading.ts";
import { withHash } from "../samples.ts";
import { valuesInMemory } from "../sampleValues.ts";
import { checkLike, checkSkip } from "./arrays.ts";
import { type SourceType, skip, take } from "./source.ts";

const path = file(
  "Folder of the unpacked binary version, cifar-10-batches-bin or cifar-100-binary, or one of its .bin files.",
  [".bin"],
  "data/cifar-10-batches-bin",
);
const part = optional(
  choice("Which files of a folder are read. Absent: `train`.", ["train", "test"], { examples: ["test"] }),
);
const rest = { skip, take };

/** Images in the binary version of CIFAR-10 or CIFAR-100, told apart by the length of their records. */
export const cifar: SourceType<CifarSource | UnlabelledCifarSource> = {
  description: "The images of CIFAR-10 or CIFAR-100, of 32 × 32 pixels in colour, in their binary version.",
  hint: "CIFAR-10 or CIFAR-100, in the binary version.",
  parameters: {
    path,
    part,
    labels: optional(
      choice(
        "Labels of CIFAR-100: its 100 classes, or 20 groups of them. Absent: `fine`.",
        ["fine", "coarse"],
        {
          examples: ["coarse"],
        },
      ),
    ),
    ...rest,
  },
  unlabelled: {
    description: "The images of CIFAR-10 or CIFAR-100, in their binary version.",
    hint: "CIFAR-10 or CIFAR-100, in the binary version.",
    parameters: { path, part, ...rest },
  },
  async load(source, baseDirectory, { like, classes: given, labels: labelling = "all", storage }) {
    const file = resolve(baseDirectory, source.path);
    const { part = "train", skip = 0, take = Number.POSITIVE_INFINITY } = source;
    const kind = "labels" in source ? (source.labels ?? "fine") : "fine";
    const found = await findCifar(file, part);
    if ("code" in found) return found;
    const problem = checkSkip(file, { skip, total: found.count }) ?? checkLike(file, cifarShape, like?.shape);
    if (problem) return problem;
    const own = await cifarClasses(found, kind);
    const range = { first: skip, end: Math.min(skip + take, found.count), labels: kind };
    const onDisk = whyOnDisk((range.end - skip) * pixelBytes, storage);
    const read = await readCifar(found, { ...range, pixels: onDisk === undefined });
    if ("code" in read) return read;
    const { labels } = read;
    const values = onDisk ? await cifarOnDisk(found, range) : valuesInMemory(read.storage, pixelBytes);
    if ("code" in values) return values;
    const { classes, classNames } = knownClasses({ like, given }) ?? own;
    const checked =
      labelling === "none"
        ? { labels: labels.fill(noLabel) }
        : toLabels(Float64Array.from(labels), [labels.length], { file, classes });
    if ("code" in checked) return checked;
    return withHash({
      count: labels.length,
      shape: cifarShape,
      classes,
      ...(classNames && { classNames }),
      labels: checked.labels,
      values,
      ...(onDisk && { onDisk }),
    });
  },
  async parts({ path, part = "train" }, baseDirectory) {
    const found = await findCifar(resolve(baseDirectory, path), part);
    if ("code" in found) return {};
    const sizes = await Promise.all(found.files.map(async (file) => (await statsOf(file))?.size ?? 0));
    return { folders: found.files, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  },
};
