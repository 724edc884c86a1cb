import type { Node } from "jsonc-parser";
import { nodeAt } from "./parse.ts";
import { sweptValues } from "./sweptValues.ts";
import { parsePath } from "./valuePath.ts";

/** Whether a sweep tries other values in the place of this one, or of what it stands in: which is the better one, its runs say. */
export function isCompared({ offset }: Node, root: Node | undefined): boolean {
  const paths = sweptValues(root).map(({ path }) => path);
  return paths.some((path, index) => {
    if (paths.indexOf(path) === index) return false; // the only value, or the first of several
    const at = parsePath(path);
    const tried = at && nodeAt(root, at);
    return tried !== undefined && offset >= tried.offset && offset < tried.offset + Math.max(1, tried.length);
  });
}
