import type { SampleFiles } from "../classFolders.ts";

/** Images of other kinds than are read count, too: a person who has them shall hear of it. */
export const imageFiles: SampleFiles = {
  named: /\.(png|jpe?g|jpe|jfif|webp|bmp|gif|tiff?|heic|heif|avif|jp2|ppm|pgm|svg)$/i,
  what: "image",
  table: "table",
};
