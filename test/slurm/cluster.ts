import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { signal } from "../support/signal.ts";

const script = fileURLToPath(new URL("cluster.sh", import.meta.url));
const execute = promisify(execFile);

/** A cluster of Slurm on this machine, with the nodes n1 and n2. */
export interface Cluster {
  /** Variables for its clients. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a program of Slurm, and gives what it prints. */
  readonly slurm: (program: string, ...words: readonly string[]) => Promise<string>;
  /** Ends the daemon of a node at once; what runs on the node runs on. */
  readonly loseNode: (node: "n1" | "n2") => Promise<void>;
  /** Starts what was lost again. */
  readonly repair: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** @param folder an empty one, with a short path: sockets are in it */
export async function startCluster(folder: string): Promise<Cluster> {
  const environment = { SLURM_CONF: join(folder, "slurm.conf") };
  const repair = async () => {
    await execute(script, ["start", folder]);
  };
  await repair();
  return {
    environment,
    async slurm(program, ...words) {
      const { stdout } = await execute(program, words, { env: { ...process.env, ...environment } });
      return stdout.trim();
    },
    async loseNode(node) {
      const pid = Number(await readFile(join(folder, `slurmd.${node}.pid`), "utf8"));
      assert.match(await readFile(`/proc/${pid}/comm`, "utf8"), /^slurmd/);
      signal(pid, "SIGKILL");
    },
    repair,
    async stop() {
      await execute(script, ["stop", folder]);
    },
  };
}
