import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, rm, statfs } from "node:fs/promises";
import { assertSameResult, type Kind, makeScene, type Result } from "./kinds.ts";
import { assertCompleted, distill, runOf } from "./lifetime.ts";

/** A file system for one run, with the given number of free bytes. Mounting needs root. */
export async function onDisk<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await mkdir(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", folder]);
  try {
    return await work();
  } finally {
    execFileSync("umount", ["-l", folder]);
    await rm(folder, { recursive: true });
  }
}

export async function usedBytes(folder: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(folder);
  return (blocks - bfree) * bsize;
}

export interface Disk {
  readonly kind: Kind;
  readonly engine: string;
  /** Bytes free when the run begins. */
  readonly free: number;
}

/**
 * Runs on a disk with that much space. Where it is too small, the run must say so, and reach the same result once there
 * is space.
 * @returns whether the disk was full
 */
export async function fill(folder: string, disk: Disk, expected: Result): Promise<boolean> {
  return onDisk(folder, async () => {
    const scene = await makeScene(folder, disk.kind, disk.engine);
    const size = Math.ceil(((await usedBytes(folder)) + disk.free) / 4096) * 4096;
    execFileSync("mount", ["-o", `remount,size=${size}`, folder]);
    const first = await distill(["run", scene.file, "--json"]);
    const isFull = first.code !== 0;
    if (isFull) {
      const context = `with ${disk.free} bytes free, exit ${first.code}: ${first.stderr}`;
      assert.match(first.stderr, /the disk is full/, context);
      assert.doesNotMatch(first.stderr, /^ +at |node:internal|defect/m, context);
      execFileSync("mount", ["-o", "remount,size=64m", folder]);
      const run = await runOf(scene);
      const again = await distill(run ? ["resume", run, "--json"] : ["run", scene.file, "--json"]);
      assert.equal(again.code, 0, `with ${disk.free} bytes free at first, after freeing: ${again.stderr}`);
    }
    const run = (await runOf(scene)) ?? assert.fail("no run");
    await assertCompleted(run);
    await assertSameResult(run, expected);
    return isFull;
  });
}
