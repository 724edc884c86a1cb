import type { Node } from "jsonc-parser";
import { isRecord } from "../../isRecord.ts";
import { valuesAt } from "../../sweep/conditions.ts";
import { rangeOf } from "../../sweep/range.ts";
import type { Cursor } from "../cursor.ts";
import { documentation } from "../documentation.ts";
import { dataOf, keyOf, nodeAt, type Parsed, properties } from "../parse.ts";
import { oneLine } from "../skeleton.ts";
import { otherValues, type SweepPath, sweepPaths } from "../sweepPaths.ts";
import { sweptConditions, triedPlace } from "../sweptConditions.ts";
import { type Choice, kindOf, stops } from "./item.ts";

/** The keys of a sweep that are the user's own; undefined for others. */
export function sweepKeyChoices(parsed: Parsed, cursor: Cursor): Choice[] | undefined {
  const [sweep, key, ...rest] = cursor.path;
  if (sweep !== "sweep") return undefined;
  const present = presentKeys(parsed, cursor);
  const isFree = ({ label }: Choice) => !present.has(label);
  if (key === "parameters" && rest.length === 0) return pathChoices(parsed.root, cursor).filter(isFree);
  if (key !== "conditions") return undefined;
  if (rest.length === 0) return waitingChoices(parsed.root, cursor).filter(isFree);
  return rest.length === 1 ? placeChoices(parsed.root, cursor, String(rest[0])).filter(isFree) : undefined;
}

const presentKeys = ({ root }: Parsed, { path, word }: Cursor): ReadonlySet<string> =>
  new Set(
    properties(nodeAt(root, path))
      .filter(({ children: [key] = [] }) => key?.offset !== word.offset)
      .map(keyOf),
  );

/** Paths of the values that can vary in this experiment, or with some values of its sweep; each list begins with the current value. */
function pathChoices(root: Node | undefined, { hasColon }: Cursor): Choice[] {
  const own = sweepPaths(root);
  const known = new Set(own.map(({ path }) => path));
  const choice = ({ path, schema, value }: SweepPath, detail: (now: string) => string): Choice => {
    const now = value === undefined ? "" : oneLine(value);
    return {
      label: path,
      kind: kindOf.Property,
      detail: detail(now),
      documentation: documentation(schema),
      ...(hasColon
        ? { text: JSON.stringify(path) }
        : { text: `${JSON.stringify(path)}: [${stops()(now)}]`, isSnippet: true, goesOn: now === "" }),
    };
  };
  const others = otherValues(root).flatMap(({ value, tried }) =>
    sweepPaths(tried).flatMap((one) => {
      if (known.has(one.path)) return [];
      known.add(one.path);
      return [choice(one, () => `where ${value.path} is ${oneLine(value.value)}`)];
    }),
  );
  return [...own.map((one) => choice(one, (now) => (now === "" ? "" : `now ${now}`))), ...others];
}

/** The parameters of the sweep, each of which may wait for others. */
const waitingChoices = (root: Node | undefined, { hasColon }: Cursor): Choice[] =>
  sweptConditions(root).parameters.map(([path]) => ({
    ...described(root, path),
    ...(hasColon
      ? { text: JSON.stringify(path) }
      : { text: `${JSON.stringify(path)}: { ${stops()("")} }`, isSnippet: true, goesOn: true }),
  }));

/** What a parameter can wait for: the others, and words inside their values, as the type of a student. */
function placeChoices(root: Node | undefined, { hasColon }: Cursor, waiting: string): Choice[] {
  const { parameters } = sweptConditions(root);
  const places = parameters
    .filter(([path]) => path !== waiting)
    .flatMap(([path, given]) => [
      { place: path, bounds: rangeOf(given) },
      ...wordsIn(given).map((key) => ({ place: `${path}.${key}`, bounds: undefined })),
    ]);
  return places.map(({ place, bounds }) => {
    const values = bounds ? `{ "min": ${stops()(String(bounds.min))} }` : `[${stops()("")}]`;
    return {
      ...described(root, place),
      ...(hasColon
        ? { text: JSON.stringify(place) }
        : { text: `${JSON.stringify(place)}: ${values}`, isSnippet: true, goesOn: !bounds }),
    };
  });
}

const described = (root: Node | undefined, path: string) => {
  const place = triedPlace(root, ["sweep", "parameters", path, 0]);
  return {
    label: path,
    kind: kindOf.Property,
    ...(place && { documentation: documentation(place.schema) }),
  };
};

/** Keys with words in the objects of a list. */
function wordsIn(given: unknown): readonly string[] {
  const objects = Array.isArray(given) ? given.filter(isRecord) : [];
  const words = objects.flatMap((object) =>
    Object.entries(object).flatMap(([key, value]) => (typeof value === "string" ? [key] : [])),
  );
  return [...new Set(words)];
}

/** In a condition's list: the values that the sweep tries there, and that the list does not have. undefined elsewhere. */
export function conditionValues({ root }: Parsed, { path, word }: Cursor): Choice[] | undefined {
  const [sweep, key, waiting, place, index, ...rest] = path;
  const isOne = sweep === "sweep" && key === "conditions" && typeof index === "number" && rest.length === 0;
  if (!isOne) return undefined;
  const { parameters, conditions } = sweptConditions(root);
  const condition = conditions.get(String(waiting))?.find((one) => one.path === place);
  const given = parameters.find(([other]) => other === condition?.of)?.[1];
  const present = (nodeAt(root, path.slice(0, -1))?.children ?? [])
    .filter(({ offset }) => offset !== word.offset)
    .map((node) => JSON.stringify(dataOf(node)));
  return (condition ? valuesAt(condition, given) : [])
    .filter((value) => !present.includes(JSON.stringify(value)))
    .map((value) => ({
      label: typeof value === "string" ? value : oneLine(value),
      kind: typeof value === "string" ? kindOf.EnumMember : kindOf.Value,
      text: oneLine(value),
    }));
}
