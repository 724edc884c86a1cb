import { type BigIntStats, realpathSync, statSync } from "node:fs";

/** The directory that a record was written in: a copy of the record in another directory is not valid there. */
export interface DirectoryIdentity {
  /** Absolute and without symbolic links, at that time. */
  readonly path: string;
  /** Device and inode in decimal; "" where the directory cannot be read. */
  readonly device: string;
  readonly inode: string;
}

export function directoryIdentity(path: string): DirectoryIdentity {
  const { dev, ino } = statsOf(path) ?? {};
  return { path: realPath(path), device: String(dev ?? ""), inode: String(ino ?? "") };
}

export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // gone
  }
}

/**
 * Whether `path` is that directory, moved or not. Device numbers differ between machines, so they are compared only for records
 * of this machine.
 */
export function isDirectory(
  path: string,
  { device, inode }: DirectoryIdentity,
  { sameMachine }: { readonly sameMachine: boolean },
): boolean {
  const found = statsOf(path);
  return found !== undefined && String(found.ino) === inode && (!sameMachine || String(found.dev) === device);
}

const statsOf = (path: string): BigIntStats | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false });
