import fs from "node:fs";
import path from "node:path";
import { signal } from "../support/signal.ts";
import { until } from "./until.ts";
import type { VSCode } from "./vscode.ts";

/** A run of a version that does not exist yet. */
export function ofNewerFormat(run: string): void {
  const job = path.join(run, "job.json");
  fs.writeFileSync(job, JSON.stringify({ ...JSON.parse(fs.readFileSync(job, "utf8")), format: 99 }));
}

/** A run whose job is none and whose log is torn. */
export function damaged(run: string): void {
  fs.writeFileSync(path.join(run, "job.json"), "null");
  fs.truncateSync(path.join(run, "events.jsonl"), 200);
}

/** The extension's server cannot be started any more. */
export async function withoutServer(vs: VSCode): Promise<void> {
  const [installed = ""] = fs
    .readdirSync(vs.folders.extensions)
    .filter((name) => name.startsWith("distillery"));
  const server = path.join(vs.folders.extensions, installed, "dist", "server.mjs");
  // While it runs, so that it is seen to end.
  await until("the server", () => vs.processes().some(({ command }) => command.includes("server.mjs")));
  fs.renameSync(server, `${server}.away`);
  await until(
    "the server to be given up",
    async () => {
      for (const { pid, command } of vs.processes())
        if (command.includes("server.mjs")) signal(pid, "SIGKILL");
      return vs.toasts.filter({ hasText: "6 times" }).isVisible();
    },
    { every: 200 },
  );
}
