import { execFile } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { packageRoot } from "../packageRoot.ts";
import { RunError } from "./runError.ts";

/** A program that runs JavaScript as Node does. */
export interface NodeProgram {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
}

const oldestNode = 20;

export interface NodeSearch {
  /** As set by the user; an unsuitable one is an error. */
  readonly preferred?: string;
  readonly root?: string;
  readonly searchPath?: string;
}

/**
 * A Node of version 20 or later: the one that was set, this process's own, the one installed with the package, the first
 * suitable one on the PATH, and last the editor's own program used as Node.
 */
export async function findNode({
  preferred,
  root = packageRoot(),
  searchPath = process.env["PATH"] ?? "",
}: NodeSearch = {}): Promise<NodeProgram> {
  if (preferred !== undefined && preferred !== "") {
    const version = await versionOf(preferred);
    if (version !== undefined && version >= oldestNode) return { path: preferred, environment: {} };
    const found = version === undefined ? "cannot be run" : `is Node ${version}`;
    throw new RunError(
      "no-node",
      `${preferred} ${found}; Node ${oldestNode} or later is needed.`,
      "Correct the setting `distill.nodePath`, or clear it.",
    );
  }
  const ownVersion = Number.parseInt(process.versions.node, 10);
  const inEditor = process.versions["electron"] !== undefined;
  if (!inEditor && ownVersion >= oldestNode) return { path: process.execPath, environment: {} };
  for (const path of [...installed(root), ...onPath(searchPath)]) {
    const version = await versionOf(path);
    if (version !== undefined && version >= oldestNode) return { path, environment: {} };
  }
  if (inEditor && ownVersion >= oldestNode)
    return { path: process.execPath, environment: { ELECTRON_RUN_AS_NODE: "1" } };
  throw new RunError(
    "no-node",
    `No Node ${oldestNode} or later was found: this is Node ${process.versions.node}, and the PATH has none.`,
    "Install Node 22 or later, or name one in the setting `distill.nodePath`.",
  );
}

const program = process.platform === "win32" ? "node.exe" : "node";

/** The npm package `node`, beside this package or inside it. */
function installed(root: string): readonly string[] {
  const folders = [join(root, "node_modules"), dirname(root)];
  return folders.map((folder) => join(folder, "node", "bin", program));
}

function onPath(searchPath: string): readonly string[] {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== "");
  return [...new Set(folders)].map((folder) => join(folder, program));
}

/** undefined: it is no Node that runs here. */
async function versionOf(path: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: 5000 });
    const version = Number.parseInt(/^v(\d+)\./.exec(stdout)?.[1] ?? "", 10);
    return Number.isNaN(version) ? undefined : version;
  } catch {
    return undefined;
  }
}
