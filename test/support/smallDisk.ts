import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** Mounts a file system of 1 MB for a test, or reports that this machine does not allow it. */
export async function smallDisk(context: TestContext, options = "size=1m"): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "pipe" });
  } catch (error) {
    await rm(folder, { recursive: true });
    context.diagnostic(`NOT TESTED: a tmpfs could not be mounted (${(error as Error).message.trim()})`);
    context.skip("mounting a tmpfs needs root");
    return undefined;
  }
  context.after(async () => {
    execFileSync("umount", ["-l", folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}
