import { isRecord } from "../isRecord.ts";
import { draw, rangeOf } from "./range.ts";

/** Values of one combination: path → value. */
type Point = Readonly<Record<string, unknown>>;

/**
 * What a parameter of a sweep waits for: a combination has it only where another one has an accepted value, as the conditions of
 * ConfigSpace and the nested choices of NNI. Where the other one is left out itself, it has none.
 */
export interface Condition {
  /** As written: a parameter, or a place inside the values of one, as `student.type` in those of `student`. */
  readonly path: string;
  /** The parameter; undefined: it is not in the sweep. */
  readonly of: string | undefined;
  /** The values in a list, or the bounds of numbers. */
  readonly accepted: unknown;
}

/** The conditions of each parameter that has some, of which all have to hold. */
export type Conditions = ReadonlyMap<string, readonly Condition[]>;

/** @param conditions as in the file, which may have any value in a text that is being edited */
export function conditionsOf(conditions: unknown, parameters: readonly string[]): Conditions {
  if (!isRecord(conditions)) return new Map();
  const found = Object.entries(conditions).flatMap(([path, own]) =>
    isRecord(own)
      ? [
          [
            path,
            Object.entries(own).map(([other, accepted]) => ({
              path: other,
              of: parameterOf(other, parameters),
              accepted,
            })),
          ] as const,
        ]
      : [],
  );
  return new Map(found);
}

/** The innermost parameter that a path is, or lies in. */
const parameterOf = (path: string, parameters: readonly string[]): string | undefined =>
  parameters
    .filter((other) => path === other || (path.startsWith(other) && /^[.[]/.test(path.slice(other.length))))
    .sort((a, b) => b.length - a.length)[0];

/** Whether a combination has a parameter, by the values that it has so far; those that it waits for come first ({@link inOrder}). */
export const applies = (path: string, point: Point, conditions: Conditions): boolean =>
  (conditions.get(path) ?? []).every(
    (condition) =>
      condition.of === undefined ||
      (Object.hasOwn(point, condition.of) && accepts(condition, point[condition.of])),
  );

/** @param value of the parameter that the condition is about */
export function accepts({ path, of = path, accepted }: Condition, value: unknown): boolean {
  const found = inside(value, path.slice(of.length));
  if (Array.isArray(accepted)) return accepted.some((one) => isSame(one, found));
  const [min, max] = boundsOf(accepted);
  return typeof found === "number" && found >= min && found <= max;
}

/** What the listed values of a parameter have at the place that a condition is about, each once. */
export function valuesAt({ path, of = path }: Condition, given: unknown): readonly unknown[] {
  const found = (Array.isArray(given) ? given : []).map((value) => inside(value, path.slice(of.length)));
  return found.filter(
    (value, index) => value !== undefined && found.findIndex((other) => isSame(other, value)) === index,
  );
}

/** The bounds of numbers that are accepted; without any, all are. */
function boundsOf(accepted: unknown): readonly [min: number, max: number] {
  const { min, max } = isRecord(accepted) ? accepted : {};
  return [
    typeof min === "number" ? min : Number.NEGATIVE_INFINITY,
    typeof max === "number" ? max : Number.POSITIVE_INFINITY,
  ];
}

/** @param rest of a path, as `.layers[0].units` */
function inside(value: unknown, rest: string): unknown {
  let found = value;
  for (const key of rest.match(/[^.[\]]+/g) ?? []) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Point)[key];
  }
  return found;
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Values with which a combination has a parameter: one of each that it waits for, in an order in which they can be set. */
export function settingsFor(
  path: string,
  parameters: readonly (readonly [path: string, given: unknown])[],
  conditions: Conditions,
): Point {
  const waited = new Map<string, readonly Condition[]>();
  const visit = (waiting: string): void => {
    for (const condition of conditions.get(waiting) ?? []) {
      const { of } = condition;
      if (of === undefined || of === path) continue;
      const before = waited.get(of);
      waited.set(of, [...(before ?? []), condition]);
      if (before === undefined) visit(of);
    }
  };
  visit(path);
  return Object.fromEntries(
    inOrder(parameters, conditions).flatMap(([other, given]) => {
      const own = waited.get(other);
      const value = own && acceptedValue(own, given);
      return value === undefined ? [] : [[other, value]];
    }),
  );
}

/** {@link settingsFor} a parameter with one of its values, and a value of each that waits for one of them and applies. */
export function settingsWith(
  [path, value]: readonly [path: string, value: unknown],
  parameters: readonly (readonly [path: string, given: unknown])[],
  conditions: Conditions,
): Point {
  const point: Record<string, unknown> = { ...settingsFor(path, parameters, conditions), [path]: value };
  for (const [other, given] of inOrder(parameters, conditions)) {
    const waits = (conditions.get(other) ?? []).some(
      ({ of }) => of !== undefined && Object.hasOwn(point, of),
    );
    const range = rangeOf(given);
    const first = range ? draw(range, 0) : Array.isArray(given) ? given[0] : undefined;
    if (!waits || Object.hasOwn(point, other) || first === undefined) continue;
    if (applies(other, point, conditions)) point[other] = first;
  }
  const ordered = inOrder(parameters, conditions).filter(([other]) => Object.hasOwn(point, other));
  return Object.fromEntries(ordered.map(([other]) => [other, point[other]]));
}

/** A value that a parameter is tried with and that these conditions accept; undefined where there is none. */
export function acceptedValue(conditions: readonly Condition[], given: unknown): unknown {
  const tried = Array.isArray(given) ? given : conditions.flatMap(({ accepted }) => drawnOf(accepted, given));
  return tried.find((value) => conditions.every((condition) => accepts(condition, value)));
}

/** Of the numbers of a range those that a condition names, or the least within its bounds. A real number is hardly drawn twice. */
function drawnOf(accepted: unknown, given: unknown): readonly number[] {
  const range = rangeOf(given);
  if (range === undefined) return [];
  const [min] = boundsOf(accepted);
  const least = Math.max(min, range.min);
  const asked: readonly unknown[] = Array.isArray(accepted)
    ? accepted
    : [range.integer ? Math.ceil(least) : least];
  return asked.filter(
    (value): value is number =>
      typeof value === "number" &&
      value >= range.min &&
      value <= range.max &&
      (range.integer ? Number.isInteger(value) : !Array.isArray(accepted)),
  );
}

/** Parameters in their order, but none before those that it waits for. Those that wait for one another stay as they are. */
export function inOrder<T extends readonly [path: string, ...rest: unknown[]]>(
  parameters: readonly T[],
  conditions: Conditions,
): readonly T[] {
  const waiting = [...parameters];
  const ordered: T[] = [];
  while (waiting.length > 0) {
    const left = new Set(waiting.map(([path]) => path));
    const next = waiting.findIndex(
      ([path]) => !(conditions.get(path) ?? []).some(({ of }) => of !== undefined && left.has(of)),
    );
    ordered.push(...waiting.splice(Math.max(0, next), next < 0 ? waiting.length : 1));
  }
  return ordered;
}
