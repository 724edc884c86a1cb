import { createHash } from "node:crypto";

/** MLflow takes 250 characters; a file name has 255 bytes. */
const mostBytes = 240;

/**
 * Gives names as MLflow takes them for the keys of params or metrics, which are also paths of files: letters, numbers and `_-. /`
 * (`mlflow/utils/validation.py`). `losses[0].weight` is `losses.0.weight`; every other character is `_`. Names that would be one file, or
 * a file and its folder, are told apart by a hash.
 * @param renamed receives the names whose keys say something else
 */
export function keyMaker(renamed: Map<string, string>): (name: string) => string {
  const known = new Map<string, string>();
  const files = new Set<string>();
  const folders = new Set<string>();
  const isTaken = (path: string): boolean =>
    files.has(path) || folders.has(path) || foldersOf(path).some((folder) => files.has(folder));
  return (name) => {
    const made = known.get(name);
    if (made !== undefined) return made;
    const own = shortened(taken(name), name);
    const key = isTaken(folded(own)) ? `${own.replaceAll("/", "_")}_${hash(name)}` : own;
    files.add(folded(key));
    for (const folder of foldersOf(folded(key))) folders.add(folder);
    known.set(name, key);
    if (key !== withDots(name)) renamed.set(name, key);
    return key;
  };
}

const withDots = (name: string): string => name.replaceAll(/\[(\d+)\]/g, ".$1");

const taken = (name: string): string =>
  withDots(name.normalize("NFC"))
    .split("/")
    // A path has no empty part, and none that ends in a dot or, on Windows, in a space.
    .map((part) => part.replaceAll(/[^\p{L}\p{N}_.\- ]/gu, "_").replace(/[. ]$|^$/, "_"))
    .join("/");

function shortened(key: string, name: string): string {
  if (Buffer.byteLength(key) <= mostBytes) return key;
  const end = `_${hash(name)}`;
  let kept = "";
  for (const letter of key) {
    if (Buffer.byteLength(kept + letter + end) > mostBytes) break;
    kept += letter;
  }
  return kept + end;
}

/** Some file systems take `A` for `a`. */
const folded = (path: string): string => path.toLowerCase();

const foldersOf = (path: string): string[] =>
  path
    .split("/")
    .slice(0, -1)
    .map((_, depth, parts) => parts.slice(0, depth + 1).join("/"));

const hash = (name: string): string => createHash("sha256").update(name).digest("hex").slice(0, 8);
