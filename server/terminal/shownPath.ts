import { relative, resolve } from "node:path";

/** A path as commands print it: relative to the working directory where that does not lead out of it. */
export function shown(path: string): string {
  const inside = relative(process.cwd(), resolve(path));
  return inside === "" || inside.startsWith("..") ? path : inside;
}
