import path from "node:path";
import * as vscode from "vscode";
import { ReadEvents, ReadSeries } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import type { RunDetails } from "./messages.ts";

/** The completed event is the last of a finished run; a few before it are read in case something followed. */
const lastEvents = 8;

/** What a comparison shows of a run beyond its summary: its resolved parameters and what its last event says. */
export async function readDetails(connection: Connection, directory: string): Promise<RunDetails> {
  const [parameters, result] = await Promise.all([
    readParameters(directory),
    readResult(connection, directory),
  ]);
  return {
    directory,
    parameters,
    ...(result?.teacherParameters === undefined ? {} : { teacherParameters: result.teacherParameters }),
    ...(result?.teacherLearned === undefined ? {} : { teacherLearned: result.teacherLearned }),
    ...(typeof result?.latencyMs === "number" ? { latencyMs: result.latencyMs } : {}),
  };
}

async function readParameters(directory: string): Promise<RunDetails["parameters"]> {
  try {
    const bytes = await vscode.workspace.fs.readFile(
      vscode.Uri.file(path.join(directory, "experiment.json")),
    );
    const parameters: Record<string, string | number | boolean | null> = {};
    flatten(JSON.parse(new TextDecoder().decode(bytes)), "", parameters);
    return parameters;
  } catch {
    return {}; // The run was deleted meanwhile, or has not written its experiment yet.
  }
}

function flatten(value: unknown, at: string, into: Record<string, string | number | boolean | null>): void {
  if (Array.isArray(value)) {
    // A short list of plain values reads better in one cell: `[64, 32]`.
    if (value.every((item) => typeof item !== "object")) into[at] = `[${value.join(", ")}]`;
    else for (const [index, item] of value.entries()) flatten(item, `${at}[${index}]`, into);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) flatten(item, at === "" ? key : `${at}.${key}`, into);
  } else if (
    value === null ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean"
  ) {
    into[at] = value;
  }
}

async function readResult(connection: Connection, directory: string) {
  const read = await connection.ask(ReadSeries, { directory, series: [], buckets: 1 });
  if (read === undefined) return undefined;
  const afterSeq = Math.max(-1, read.lastSeq - lastEvents);
  const events = await connection.ask(ReadEvents, { directory, afterSeq });
  for (const event of events?.toReversed() ?? []) if (event.type === "completed") return event.summary;
  return undefined;
}
