import type * as vscode from "vscode";
import { type EngineReport, FindNode } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { explain } from "../commands/runCommands.ts";
import { type Ended, runDistill } from "./distillProcess.ts";
import { objectIn } from "./lines.ts";

export interface EngineParts {
  readonly connection: Connection;
  /** Path of the packed cli.mjs. */
  readonly cli: string;
  readonly log: vscode.LogOutputChannel;
}

export interface DistillOptions {
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** Runs `distill engine …` on the trainers' Node; undefined where there is none, after showing a message. */
export async function distillEngine(
  { connection, cli }: Pick<EngineParts, "connection" | "cli">,
  args: readonly string[],
  options: DistillOptions = {},
): Promise<Ended | undefined> {
  const node = await connection.request(FindNode, {});
  if ("problem" in node) {
    explain(node.problem);
    return undefined;
  }
  return runDistill({ node, cli, args: ["engine", ...args], ...options });
}

/** The doctor's report; undefined where it was cancelled or no Node was found. */
export async function askDoctor(parts: EngineParts, signal?: AbortSignal): Promise<EngineReport | undefined> {
  const ended = await distillEngine(parts, ["doctor", "--json"], signal ? { signal } : {});
  if (ended === undefined || signal?.aborted) return undefined;
  const report = objectIn(ended.stdout);
  if (report === undefined) {
    parts.log.error(`distill engine doctor ended with ${ended.endSignal ?? ended.code}: ${ended.stderr}`);
    throw new Error("The engine doctor printed no readable report.");
  }
  return report as unknown as EngineReport;
}
