import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { bad, type Target } from "./unzip.ts";

const block = 512;

/** Unpacks the wanted regular files of an npm package's .tgz. Such archives are small: they are held in memory. */
export async function untar(archive: string, target: Target): Promise<void> {
  const tar = await promisify(gunzip)(await readFile(archive)).catch((error: Error) => {
    throw bad(archive, error.message);
  });
  for (let at = 0; at + block <= tar.length; ) {
    const header = tar.subarray(at, at + block);
    if (header[0] === 0) break; // The archive ends with empty blocks.
    const size = Number.parseInt(text(header, 124, 12), 8);
    if (Number.isNaN(size)) throw bad(archive, "it is not a tar archive");
    const start = at + block;
    at = start + Math.ceil(size / block) * block;
    const regular = header[156] === 0 || header[156] === "0".charCodeAt(0);
    const to = regular ? target(memberName(header)) : undefined;
    if (to === undefined) continue;
    if (start + size > tar.length) throw bad(archive, "it is cut short");
    await mkdir(path.dirname(to), { recursive: true });
    await writeFile(to, tar.subarray(start, start + size));
  }
}

/** POSIX ustar splits long names in two. */
function memberName(header: Buffer): string {
  const prefix = text(header, 345, 155);
  return `${prefix && `${prefix}/`}${text(header, 0, 100)}`;
}

function text(header: Buffer, offset: number, length: number): string {
  const end = header.indexOf(0, offset);
  const to = end === -1 ? offset + length : Math.min(end, offset + length);
  return header.toString("utf8", offset, to).trim();
}
