import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A control group whose processes get that many bytes; processes that are passed to it move in. */
export interface MemoryGroup {
  take(pid: number): void;
}

/** Creates one for a test, or reports that this machine does not allow it. */
export function memoryGroup(context: TestContext, bytes: number): MemoryGroup | undefined {
  try {
    const { parent, limit } = ownGroup();
    const folder = join(parent, `distill-test-${process.pid}`);
    mkdirSync(folder);
    context.after(() => rmdirSync(folder));
    writeFileSync(join(folder, limit), String(bytes));
    return { take: (pid) => writeFileSync(join(folder, "cgroup.procs"), String(pid)) };
  } catch (error) {
    context.diagnostic(`NOT TESTED: no control group could be made (${(error as Error).message.trim()})`);
    context.skip("making a control group needs root");
    return undefined;
  }
}

/** Of version 1 with a hierarchy for memory, or of version 2, where this process's own group may have no children. */
export function ownGroup(): { readonly parent: string; readonly limit: string } {
  const groups = readFileSync("/proc/self/cgroup", "utf8");
  const first = /^\d+:memory:(.*)$/m.exec(groups)?.[1];
  if (first !== undefined) {
    const parent = join("/sys/fs/cgroup/memory", first);
    // In a container the path may be the host's.
    return { parent: existsSync(parent) ? parent : "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes" };
  }
  return { parent: "/sys/fs/cgroup", limit: "memory.max" };
}
