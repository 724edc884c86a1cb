import type { ImagesSource } from "../../../schemas/experiment.gen.ts";
import { decodedAt, decodeImages, type ImageOptions, type Images } from "../images/imageArray.ts";
import type { ImageSize } from "../images/resize.ts";
import type { DataProblem } from "../problem.ts";
import { type Samples, targetsAt, withHash } from "../samples.ts";
import type { KnownLabels } from "../textLabels.ts";
import { checkLike, taskPart } from "./arrays.ts";
import type { LoadOptions } from "./options.ts";

/** How images are decoded, by the keys of their source. */
export const imageOptions = (
  { size, fit, channels, onBroken }: Pick<ImagesSource, "size" | "fit" | "channels" | "onBroken">,
  { like, storage, cacheDirectory, onImage }: LoadOptions,
): Omit<ImageOptions, "file" | "count" | "contents"> => ({
  size: size as ImageSize | undefined,
  fit,
  channels: channels as 1 | 3 | undefined,
  like: like?.shape,
  onBroken,
  use: { storage, cacheDirectory, onImage },
});

/** Decoded images with their labels, as samples. @param known of all images, also of those that cannot be read */
export async function imageSamples(
  images: () => Images,
  options: ImageOptions,
  known: KnownLabels,
): Promise<Samples | DataProblem> {
  const decoded = await decodeImages(images, options);
  if ("code" in decoded) return decoded;
  const { shape, values, rows, remarks, onDisk } = decoded;
  const unlike = checkLike(options.file, shape, options.like);
  if (unlike) return unlike;
  const { labels, task, targets, ...classes } = { targets: undefined, ...known };
  return withHash({
    count: rows.length,
    shape,
    ...taskPart(task),
    ...classes,
    labels: rows.map((row) => labels[row] as number),
    ...(targets && { targets: targetsAt({ targets, classes: classes.classes }, rows) }),
    values,
    atSize: decodedAt(images, options, decoded),
    ...(onDisk && { onDisk }),
    ...(remarks.length > 0 && { remarks }),
  });
}
