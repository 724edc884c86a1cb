import { resolve } from "node:path";
import { allFiles, listClassFolders } from "../data/classFolders.ts";
import { openDecoder, readImage } from "../data/images/decoder.ts";
import { imageFiles } from "../data/images/imageFiles.ts";

/** Images that are looked at, spread over all: of a folder with a few coloured ones among many grey ones `check` tells. */
const mostLookedAt = 200;

/** Whether some images of a folder of classes have colours, by their headers. */
export async function someAreColoured(folder: string): Promise<boolean> {
  const [found, decoder] = await Promise.all([listClassFolders(folder, imageFiles), openDecoder(folder)]);
  if ("code" in found || "code" in decoder) return false;
  const paths = allFiles({ ...found, loose: [] });
  const step = Math.ceil(paths.length / mostLookedAt);
  for (let at = 0; at < paths.length; at += step) {
    const bytes = await readImage(resolve(folder, paths[at] as string));
    const header = "code" in bytes ? undefined : await decoder.readHeader(bytes);
    if (header !== undefined && !("why" in header) && header.channels > 1) return true;
  }
  return false;
}
