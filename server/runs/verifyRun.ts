import type { Stats } from "node:fs";
import type { ErrorObject } from "ajv";
import { events, files, type Validate } from "../../schemas/run.validate.gen.mjs";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import type { Job, RunFiles } from "../../schemas/run-files.gen.ts";
import { assertReadable } from "./format.ts";
import { readOwnFile, readOwnFileSync, readOwnFileWithStats } from "./ownFile.ts";
import { RunError } from "./runError.ts";

/**
 * Validates the JSON in a run directory. All of it is parsed here, with bounded size and depth and checked against its schema.
 */

/** Bytes of a JSON file; a sweep of a thousand runs takes less than one megabyte. */
const mostBytes = 16 << 20;

/** Deepest nesting, as values are walked recursively. */
const deepest = 500;

/** Undefined where the file is missing. Throws a RunError that names the file and its problem. */
export async function readRunFile<K extends keyof RunFiles>(
  kind: K,
  path: string,
): Promise<NonNullable<RunFiles[K]> | undefined> {
  return (await readRunFileWithStats(kind, path))?.value;
}

/** @returns also the file's metadata from before it was read */
export async function readRunFileWithStats<K extends keyof RunFiles>(
  kind: K,
  path: string,
): Promise<{ readonly value: NonNullable<RunFiles[K]>; readonly stats: Stats } | undefined> {
  const read = await readOwnFileWithStats(path, mostBytes);
  return read && { value: verified(kind, read.bytes.toString(), path), stats: read.stats };
}

export function readRunFileSync<K extends keyof RunFiles>(
  kind: K,
  path: string,
): NonNullable<RunFiles[K]> | undefined {
  const bytes = readOwnFileSync(path, mostBytes);
  return bytes && verified(kind, bytes.toString(), path);
}

/** @param path only names the file in errors: `damaged` where the text does not match the schema, `newer-format` */
export function verified<K extends keyof RunFiles>(
  kind: K,
  text: string,
  path: string,
): NonNullable<RunFiles[K]> {
  const { value, unreadable } = parsed(text);
  if (unreadable !== undefined) throw damagedFile(path, unreadable);
  assertReadable(value, path);
  const problem = problemWith(files[kind], value);
  if (problem !== undefined) throw damagedFile(path, problem);
  return value as NonNullable<RunFiles[K]>;
}

/** Whether a value from elsewhere matches the file's schema. */
export const isRunFile = <K extends keyof RunFiles>(
  kind: K,
  value: unknown,
): value is NonNullable<RunFiles[K]> => files[kind](value);

/** The readable parts of a damaged job.json. */
export async function readRemains(
  path: string,
): Promise<Partial<Pick<Job, "experimentFile" | "name" | "askedAt">>> {
  const bytes = await readOwnFile(path, mostBytes).catch(() => undefined);
  const { experimentFile, name, askedAt } = Object(parsed(bytes?.toString() ?? "").value) as Readonly<
    Record<string, unknown>
  >;
  return {
    ...(typeof experimentFile === "string" ? { experimentFile } : {}),
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof askedAt === "number" && isMoment(askedAt) ? { askedAt } : {}),
  };
}

/**
 * A line of events.jsonl. An event of unknown type has only its `seq` and `time`.
 * @returns undefined where it is not an event
 */
export function verifiedEvent(line: string): RunEvent | undefined {
  const { value } = parsed(line);
  if (!isNumbered(value)) return undefined;
  const validate = Object.hasOwn(events, value.type) ? events[value.type as RunEvent["type"]] : undefined;
  return validate === undefined || validate(value) ? (value as RunEvent) : undefined;
}

interface Numbered {
  readonly seq: number;
  readonly time: number;
  readonly type: string;
}

function isNumbered(value: unknown): value is Numbered {
  const { seq, time, type } = Object(value) as Partial<Record<keyof Numbered, unknown>>;
  return isPosition(seq) && typeof time === "number" && isMoment(time) && typeof type === "string";
}

/** Far more than a log can hold; a writer can still count beyond it. */
const mostEvents = 1e12;

const isPosition = (seq: unknown): boolean =>
  Number.isInteger(seq) && Number(seq) >= 0 && Number(seq) <= mostEvents;

/** Whether a Unix time in milliseconds is in the range of Date. */
const isMoment = (time: number): boolean => time >= 0 && time <= 8.64e15;

function parsed(text: string): { readonly value?: unknown; readonly unreadable?: string } {
  if (text.length > 2 * deepest && isTooDeep(text))
    return { unreadable: `it is nested more than ${deepest} deep` };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { unreadable: text.trim() === "" ? "it is empty" : "it is not JSON" };
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === backslash) at += 1;
      else if (code === quote) isInString = false;
    } else if (code === quote) isInString = true;
    else if (code === openBracket || code === openBrace) {
      depth += 1;
      if (depth > deepest) return true;
    } else if (code === closeBracket || code === closeBrace) depth -= 1;
  }
  return false;
}

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = [...'"\\[]{}'].map((letter) =>
  letter.charCodeAt(0),
);

/** As in `members[0].runId is "../x"; expected the name of a folder`. */
export function problemWith(validate: Validate, value: unknown): string | undefined {
  if (validate(value)) return undefined;
  // Where no alternative matches there is also an error of each.
  const errors = validate.errors?.filter(({ keyword }) => keyword !== "if") ?? [];
  const error = errors.find(({ keyword }) => keyword === "oneOf") ?? errors[0];
  if (error === undefined) return "it does not match its schema";
  const keys = error.instancePath.split("/").slice(1).map(unescaped);
  const { missingProperty, additionalProperty } = error.params as Readonly<
    Record<string, string | undefined>
  >;
  if (missingProperty !== undefined) return `${pathOf([...keys, missingProperty])} is missing`;
  if (additionalProperty !== undefined) return `${pathOf([...keys, additionalProperty])} is not known`;
  const found = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], value);
  return `${pathOf(keys)} is ${shown(found)}; expected ${expectation(error)}`;
}

const unescaped = (key: string): string => key.replaceAll("~1", "/").replaceAll("~0", "~");

function pathOf(keys: readonly string[]): string {
  if (keys.length === 0) return "it";
  return keys.map((key, index) => (/^\d+$/.test(key) ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function expectation({ keyword, params }: ErrorObject): string {
  switch (keyword) {
    case "type":
      return `${params["type"]}`.replaceAll(",", " or ");
    case "const":
      return JSON.stringify(params["allowedValue"]);
    case "enum":
      return (params["allowedValues"] as unknown[]).map((one) => JSON.stringify(one)).join(" or ");
    case "minimum":
    case "maximum":
      return `a number ${params["comparison"]} ${params["limit"]}`;
    case "maxItems":
      return `at most ${params["limit"]} items`;
    case "minItems":
      return `at least ${params["limit"]} items`;
    case "maxLength":
      return `at most ${params["limit"]} characters`;
    case "pattern":
      return params["pattern"] === "^[^\\u0000]+$" ? "a path" : "the name of a folder";
    default:
      return "another form";
  }
}

export const damagedFile = (path: string, problem: string): RunError =>
  new RunError(
    "damaged",
    `${path} is damaged: ${problem}.`,
    "Restore the file from a copy, or remove the run.",
  );
