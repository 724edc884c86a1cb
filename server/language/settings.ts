import { type JSONPath, type ModificationOptions, modify, type Node } from "jsonc-parser";
import { nodeAt, parse } from "./parse.ts";
import { propertySchema } from "./schema/schema.ts";
import { walkNow } from "./schema/walk.ts";
import { parsePath, pathText } from "./valuePath.ts";

/** `--set path=value`, as in `losses[0].temperature=4`. */
export interface Setting {
  /** As typed. */
  readonly text: string;
  readonly path: JSONPath;
  readonly value: unknown;
}

export interface SettingProblem {
  readonly code: "set-syntax" | "set-path";
  readonly setting: string;
  readonly message: string;
}

/** The value is JSON where it is, else a bare string: `engine=auto`, `name="7"`, `data.augment=[]`. */
export function parseSetting(text: string): Setting | SettingProblem {
  const equals = text.indexOf("=");
  const path = equals < 0 ? undefined : parsePath(text.slice(0, equals).trim());
  if (path === undefined)
    return {
      code: "set-syntax",
      setting: text,
      message: "Expected path=value, as in losses[0].temperature=4.",
    };
  return { text, path, value: parseValue(text.slice(equals + 1)) };
}

export const isSettingProblem = (it: Setting | SettingProblem): it is SettingProblem => "code" in it;

/** The text with the values set. */
export interface AppliedSettings {
  readonly text: string;
  /** Origin of a place in the new text: a place of the old text, or a setting. */
  readonly origin: (offset: number) => { readonly offset: number } | { readonly setting: Setting };
  /** Settings with an invalid path; they are not in the text. */
  readonly refused: readonly SettingProblem[];
}

/**
 * Sets values in an experiment's text. They are not checked here; the checker sees the new text.
 * @param options for a text that a person reads: how what is new in it is indented
 */
export function applySettings(
  text: string,
  settings: readonly Setting[],
  options: ModificationOptions = {},
): AppliedSettings {
  const stages: { setting: Setting; offset: number; length: number; inserted: number }[] = [];
  const refused: SettingProblem[] = [];
  let current = text;
  for (const setting of settings) {
    const obstacle = obstacleTo(setting, parse(current).root);
    if (obstacle !== undefined) {
      refused.push({ code: "set-path", setting: setting.text, message: obstacle });
      continue;
    }
    for (const { path, value } of [...defaultAbove(setting, parse(current).root), setting]) {
      for (const { offset, length, content } of modify(current, path, value, options)) {
        current = current.slice(0, offset) + content + current.slice(offset + length);
        stages.push({ setting, offset, length, inserted: content.length });
      }
    }
  }
  return {
    text: current,
    refused,
    origin(offset) {
      let at = offset;
      for (const { setting, offset: begin, length, inserted } of stages.toReversed()) {
        if (at < begin) continue;
        if (at < begin + inserted) return { setting };
        at += length - inserted;
      }
      return { offset: at };
    },
  };
}

/**
 * Default of the innermost missing object on the way: `optimizer.learningRate` belongs to the default optimizer, so its `type`
 * is added too.
 */
export function defaultAbove(
  { path }: Pick<Setting, "path">,
  root: Node | undefined,
): Pick<Setting, "path" | "value">[] {
  const missing = path.findIndex((_, depth) => nodeAt(root, path.slice(0, depth + 1)) === undefined);
  if (missing < 0 || missing === path.length - 1) return [];
  const above = path.slice(0, missing);
  const parent = nodeAt(root, above);
  const branch = root && walkNow(root).find(({ node }) => node === parent)?.branch;
  const value = branch && propertySchema(branch, String(path[missing]))?.default;
  return value === null || typeof value !== "object" ? [] : [{ path: path.slice(0, missing + 1), value }];
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Why a path is invalid: an index into something that is not a list or beyond its end, a key of something that is not an
 * object.
 */
export function obstacleTo({ path }: Pick<Setting, "path">, root: Node | undefined): string | undefined {
  for (let depth = 0; depth < path.length; depth++) {
    const parent = nodeAt(root, path.slice(0, depth));
    const segment = path[depth] as string | number;
    const where = depth === 0 ? "the experiment" : pathText(path.slice(0, depth));
    if (parent === undefined) {
      // Missing objects on the way are created; missing lists are not.
      if (typeof segment === "number") return `The file has no list ${where}, so there is no [${segment}].`;
    } else if (typeof segment === "number") {
      const length = parent.children?.length ?? 0;
      if (parent.type !== "array") return `${where} is not a list.`;
      if (segment >= length)
        return `${where} has ${length} ${length === 1 ? "item" : "items"}; the first is [0].`;
    } else if (parent.type !== "object") {
      return parent.type === "array"
        ? `${where} is a list: give an index, as in ${where}[0].${segment}.`
        : `${where} is not an object.`;
    }
  }
  return undefined;
}
