import { fileURLToPath, pathToFileURL } from "node:url";
import type { CodePlace } from "./moduleProblem.ts";

/** What tells the files of a person's modules from all others in an address: which load of a module they were read in. */
const mark = "distillery-load";

/** The address that a file of a module is loaded from. Another load reads the file again. */
export const addressOf = (file: string, load: number): string =>
  `${pathToFileURL(file).href}?${mark}=${load}`;

/** The file and the load of an address of a module; undefined for any other. */
export function ofModule(
  address: string | undefined,
): { readonly file: string; readonly load: number } | undefined {
  const [path, load] = (address ?? "").split(`?${mark}=`);
  return load === undefined ? undefined : { file: fileURLToPath(path as string), load: Number(load) };
}

const frame = new RegExp(`(file://[^\\s()?]+)\\?${mark}=\\d+:(\\d+):(\\d+)`);

/** The innermost place in a module that a stack leads through. */
export function placeInStack(stack: string | undefined): CodePlace | undefined {
  const found = frame.exec(stack ?? "");
  if (!found) return undefined;
  const [, address = "", line, column] = found;
  return { file: fileURLToPath(address), line: Number(line), column: Number(column) };
}

/**
 * Whether the function that called the one that asks is a module's own, where JavaScript's own functions between do not count:
 * `xs.map(Math.random)`. @param depth frames between
 */
export function isCalledByModule(depth: number): boolean {
  const holder: { stack?: string } = {};
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = depth + 2 + mostBetween;
  Error.captureStackTrace(holder);
  Error.stackTraceLimit = before;
  const callers = holder.stack?.split("\n").slice(depth + 1) ?? [];
  return frame.test(callers.find((line) => !line.includes("<anonymous>")) ?? "");
}

const mostBetween = 4;

/** What was run of each file, types taken out, which leaves every word in its place. */
const running = new Map<string, string>();

export const keepSource = (file: string, text: string): void => void running.set(file, text);

export const sourceOf = (file: string): string | undefined => running.get(file);
