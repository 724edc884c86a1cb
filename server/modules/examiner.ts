import { ownModuleExaminer } from "../packageRoot.ts";
import { findNode, type NodeSearch } from "../runs/node.ts";
import { RunError } from "../runs/runError.ts";
import { type Outcome, run } from "../subprocess.ts";
import { answerMark, type ExaminedModule, type ExaminedNet, type NetQuery } from "./examined.ts";
import { type ModuleProblem, moduleProblem } from "./moduleProblem.ts";

/** Longer takes no module that only declares: a loaded machine needs two seconds to begin. */
const patience = 10;

/** Memory of the process. */
const megabytes = 512;

/** Node's exit code for a top-level `await` that nothing settles. */
const unsettled = 13;

let search: NodeSearch = {};

/** Which Node to look for: one for the process, as a window has one setting. */
export function examineWith(next: NodeSearch): void {
  search = next;
}

interface Limits {
  readonly seconds?: number;
}

/**
 * What a module declares, found out by a process of its own, which may read files and nothing else and is ended after a while.
 * @param file absolute @param path as the experiment names it
 */
export const examineModule = (
  file: string,
  path: string,
  limits: Limits = {},
): Promise<ExaminedModule | { readonly problem: ModuleProblem }> =>
  examined<ExaminedModule>(["module", file, path], file, limits);

/** What a net is of which modules compute a part, found out in the same way. @param folder the experiment's */
export const examineNet = (
  folder: string,
  { file, query }: { readonly file: string; readonly query: NetQuery },
  limits: Limits = {},
): Promise<ExaminedNet | { readonly problem: ModuleProblem }> =>
  examined<ExaminedNet>(["net", folder, JSON.stringify(query)], file, limits);

/** Processes at a time: each loads the engine's modules, and a sweep may name many nets. */
const atOnce = 2;
let left = atOnce;
const waiting: (() => void)[] = [];

async function examined<T>(
  words: readonly string[],
  file: string,
  limits: Limits,
): Promise<T | { readonly problem: ModuleProblem }> {
  if (left > 0) left--;
  else await new Promise<void>((begin) => waiting.push(begin));
  try {
    return await examinedApart(words, file, limits);
  } finally {
    const next = waiting.shift();
    if (next === undefined) left++;
    else next();
  }
}

async function examinedApart<T>(
  words: readonly string[],
  file: string,
  { seconds = patience }: Limits,
): Promise<T | { readonly problem: ModuleProblem }> {
  const node = await findNode(search).catch((error: unknown) => error);
  if (node instanceof RunError)
    return { problem: { code: "module-node", message: node.message, hint: node.hint } };
  if (node instanceof Error) throw node;
  const { path: program, environment } = node as Awaited<ReturnType<typeof findNode>>;
  const outcome = await run(
    program,
    [
      "--permission",
      "--allow-fs-read=*",
      "--disable-warning=ExperimentalWarning",
      `--max-old-space-size=${megabytes}`,
      ownModuleExaminer(),
      ...words,
    ],
    { env: { ...process.env, ...environment, NODE_OPTIONS: "" }, timeout: 1000 * seconds },
  );
  const line = outcome.stdout.split("\n").findLast((line) => line.startsWith(answerMark));
  if (line !== undefined) return JSON.parse(line.slice(answerMark.length)) as T;
  return { problem: endProblem(file, outcome, seconds) };
}

function endProblem(file: string, outcome: Outcome, seconds: number): ModuleProblem {
  const { code, signal, stderr } = outcome;
  if (signal === "SIGTERM")
    return moduleProblem(
      "module-late",
      { file },
      `it was not done after ${seconds} seconds.`,
      "Look for a loop that does not end, at the top of the file or in what it declares.",
    );
  if (code === 9 || /bad option/.test(stderr))
    return moduleProblem(
      "module-node",
      { file },
      "modules need Node 22.15 or later, which takes types out of TypeScript.",
      "Install Node 24, or name one in the setting `distill.nodePath`.",
    );
  if (signal === "SIGABRT" || code === 134)
    return moduleProblem("module-throws", { file }, `it takes more than ${megabytes} MB.`);
  if (code === unsettled)
    return moduleProblem(
      "module-impure",
      { file },
      "it waits for something that never happens.",
      "Remove `await`.",
    );
  const why = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return moduleProblem("module-throws", { file }, `it ended the process that loads it, ${why}.`);
}
