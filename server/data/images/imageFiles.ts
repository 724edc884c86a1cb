import type { SampleFiles } from "../classFolders.ts";

/** Includes image formats that are not supported, so that they are reported. */
export const imageFiles: SampleFiles = {
  named: /\.(png|jpe?g|jpe|jfif|webp|bmp|gif|tiff?|heic|heif|avif|jp2|ppm|pgm|svg)$/i,
  what: "image",
  table: "table",
};
