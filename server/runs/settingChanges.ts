import { grouped } from "../grouped.ts";
import { isRecord } from "../isRecord.ts";

/** A plain value of an experiment, or a list of plain ones: `losses[0].temperature`, and its JSON. */
export interface Setting {
  readonly path: string;
  readonly json: string;
}

/** Settings of an experiment, in its order. Equal settings of many experiments share objects. */
export function settingsOf(experiment: unknown, known: Map<string, Setting> = new Map()): Setting[] {
  const found: Setting[] = [];
  const visit = (value: unknown, path: string) => {
    if (Array.isArray(value) && value.some((item) => typeof item === "object"))
      value.forEach((item, index) => void visit(item, `${path}[${index}]`));
    else if (isRecord(value))
      for (const [key, item] of Object.entries(value)) visit(item, path === "" ? key : `${path}.${key}`);
    else if (value !== undefined) {
      const json = JSON.stringify(value);
      const key = `${path} ${json}`;
      const setting = known.get(key) ?? { path, json };
      known.set(key, setting);
      found.push(setting);
    }
  };
  visit(withoutUnion(experiment), "");
  return found;
}

/** A list as text: `[64, 32]`. */
export function plainValue(json: string): string | number | boolean | null {
  const value = JSON.parse(json);
  return Array.isArray(value) ? `[${value.join(", ")}]` : value;
}

/** Without `losses` where there are stages, which have them. */
export function withoutUnion(experiment: unknown): unknown {
  if (typeof experiment !== "object" || experiment === null || !("stages" in experiment)) return experiment;
  return { ...experiment, losses: undefined };
}

/** Without effect on training. */
export const withoutEffect = /^(\$schema|name|description|tags)(\[|\.|$)/;

/**
 * Differences between two experiments, as text: `temperature 3 → 6`. The same change in several places is given once.
 */
export function settingChanges(before: readonly Setting[], now: readonly Setting[]): string[] {
  const old = new Map(before.map(({ path, json }) => [path, json]));
  const kept = new Set(now.map(({ path }) => path));
  const all: Change[] = [
    ...now
      .filter(({ path, json }) => old.get(path) !== json)
      .map(({ path, json }) => ({ path, before: old.get(path), now: json })),
    ...before.filter(({ path }) => !kept.has(path)).map(({ path, json }) => ({ path, before: json })),
  ].filter(({ path }) => !withoutEffect.test(path));
  const byValue = new Map<string, Change>();
  for (const change of all) {
    const what = [lastOf(change.path), change.before, change.now].join(" ");
    const same = byValue.get(what);
    if (same === undefined || depthOf(change.path) < depthOf(same.path)) byValue.set(what, change);
  }
  const changes = [...byValue.values()];
  const types = new Map([...before, ...now].map(({ path, json }) => [path, json]));
  return changes.map((change) => {
    const isShared = changes.some((other) => other !== change && lastOf(other.path) === lastOf(change.path));
    return changeWords(change, nameOf(change.path, { isShared, types }));
  });
}

interface Change {
  readonly path: string;
  /** JSON; absent where there was, or is, none. */
  readonly before?: string | undefined;
  readonly now?: string | undefined;
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1);
const depthOf = (path: string): number => path.split(".").length;

function changeWords({ before, now }: Change, name: string): string {
  if (before === undefined) return `with ${name} ${valueWords(now)}`;
  if (now === undefined) return `without ${name} ${valueWords(before)}`;
  const [old, other] = [valueWords(before), valueWords(now)];
  // Two files with the same name are distinguished by folder.
  return old === other ? `${name} ${JSON.parse(before)} → ${JSON.parse(now)}` : `${name} ${old} → ${other}`;
}

/** Keys that need their parent for context. */
const needsOwner = /^(type|weight|path|units|filters|take|skip|split|preset)$/;

/** `temperature`; where the key alone is ambiguous, with its parent: `kd weight`, `teacher epochs`. */
function nameOf(
  path: string,
  { isShared, types }: { readonly isShared: boolean; readonly types: ReadonlyMap<string, string> },
): string {
  const parts = path.split(".");
  const key = parts.pop() ?? path;
  const owner = parts.at(-1);
  const ownerPath = parts.join(".");
  const type = types.get(`${ownerPath}.type`);
  const ownerWords = owner?.startsWith("losses[")
    ? key === "type" || type === undefined
      ? "loss"
      : String(JSON.parse(type))
    : owner?.replace(/s?\[(\d+)\]$/, (_, index) => ` ${Number(index) + 1}`);
  const isTeachers = parts[0] === "teacher" && ownerWords !== "teacher" ? "teacher " : "";
  if (ownerWords === undefined) return key;
  if (key === "type") return `${isTeachers}${ownerWords}`;
  return needsOwner.test(key) || isShared || owner === "teacher"
    ? `${isTeachers}${ownerWords} ${key}`
    : `${isTeachers}${key}`;
}

function valueWords(json = "null"): string {
  const value: unknown = JSON.parse(json);
  if (value === null || (Array.isArray(value) && value.length === 0)) return "none";
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) >= 10_000 ? grouped(value) : String(value);
  if (typeof value === "string") return value.slice(value.lastIndexOf("/") + 1);
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}
