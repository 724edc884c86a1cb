import type { Node } from "jsonc-parser";
import { points, type Settings, type Sweeping } from "../sweep/expand.ts";
import { mostRuns } from "../sweep/mostRuns.ts";
import { type Finding, type Fix, opening, type Span } from "./finding.ts";
import { dataOf, keyOf, nodeAt, type Parsed, properties } from "./parse.ts";
import { soundValues, sweepPathProblem } from "./sweepPaths.ts";
import { valuesFor, valuesWith } from "./sweptConditions.ts";
import { type SweptValue, treeWith, valuesOf } from "./sweptValues.ts";

/**
 * Budget in characters for checking a sweep's runs while a user types: some thirty runs of a file of 60 lines, one of a file of
 * 2,000 lines. The rest is checked before anything is started.
 */
const charactersAtOnce = 60_000;

/**
 * Findings in a sweep's runs that the file itself does not have, at the value that causes them: first each value alone, then
 * combinations.
 */
export function memberFindings(
  parsed: Parsed,
  { base, check, fits, isThorough = false }: MemberCheck,
): Finding[] {
  // An invalid path is reported at the path, not at each value.
  const swept = soundValues(parsed.root);
  if (swept.length === 0) return [];
  const known = new Set(base.map(({ code, message, span }) => `${code} ${span.offset} ${message}`));
  const atOnce = Math.max(1, Math.floor(charactersAtOnce / parsed.text.length));
  const budget = isThorough ? Number.POSITIVE_INFINITY : atOnce;

  const paths = properties(nodeAt(parsed.root, ["sweep", "parameters"])).map(keyOf);
  const broken = new Set<string>();
  const single = swept.slice(0, budget).flatMap((value) => {
    const found = findingsOf(value, parsed, { known, check });
    if (found.some(({ severity }) => severity === "error")) broken.add(keyOfValue(value.path, value.value));
    return found.map((finding) => at(value.node, finding));
  });
  for (const { code, message } of single) known.add(`${code} ${message}`);

  const experiment = dataOf(parsed.root) as Sweeping;
  if (paths.some((path) => sweepPathProblem(path, parsed.root))) return single;
  const isSound = (point: Settings) =>
    !Object.entries(point).some(([path, value]) => broken.has(keyOfValue(path, value)));
  const most = Math.min(mostRuns, Math.max(0, budget - swept.length));
  const combined = points(experiment, { most, fits })
    .filter((point) => Object.keys(point).length > 1 && isSound(point))
    .flatMap((point) => {
      const values = valuesOf(point, parsed.root);
      return newFindings(parsed, values, { known, check })
        .filter(({ severity, code, message }) => severity === "error" && !known.has(`${code} ${message}`))
        .map((finding) => together(values, finding));
    });
  return [...single, ...firstOfEach(combined)];
}

export interface MemberCheck {
  /** Findings in the file itself. */
  readonly base: readonly Finding[];
  /** Checks one run's text. */
  readonly check: (member: Parsed) => readonly Finding[];
  /** Whether a combination is run; absent: each is. */
  readonly fits?: ((point: Settings) => boolean) | undefined;
  /** Every run is checked, however long it takes. */
  readonly isThorough?: boolean;
}

const keyOfValue = (path: string, value: unknown): string => `${path}=${JSON.stringify(value)}`;

/** In the experiment with a value, and with those that have to be beside it, whose own findings are not its. */
function findingsOf(
  value: SweptValue,
  parsed: Parsed,
  how: Pick<MemberCheck, "check"> & { readonly known: ReadonlySet<string> },
): Finding[] {
  const values = valuesWith(value, parsed.root);
  const others = values.filter(({ path }) => path !== value.path);
  const found = newFindings(parsed, values, how);
  if (others.length === 0 || found.length === 0) return found;
  const beside = valuesFor(value.path, parsed.root);
  const before = beside.length === 0 ? [] : newFindings(parsed, beside, how);
  const earlier = new Set(before.map(({ code, message }) => `${code} ${message}`));
  return found.filter(
    ({ code, message, span }) =>
      !earlier.has(`${code} ${message}`) && !others.some(({ node }) => contains(node, span)),
  );
}

function newFindings(
  parsed: Parsed,
  values: readonly SweptValue[],
  {
    known,
    check,
  }: { readonly known: ReadonlySet<string>; readonly check: (member: Parsed) => readonly Finding[] },
): Finding[] {
  return check(treeWith(parsed, values)).filter(
    ({ code, message, span }) => !known.has(`${code} ${span.offset} ${message}`),
  );
}

/** Reported at the value; with a fix only if that changes nothing but the value. */
function at(node: Node, finding: Finding): Finding {
  const fixes = finding.fixes.filter((fix) => isWithin(fix, node));
  const message = contains(node, finding.span) ? finding.message : `With this value: ${finding.message}`;
  return { ...finding, message, span: opening(node), fixes, related: [] };
}

/** An insertion beside a value belongs to the value's target, and generated keys have no length. */
const isWithin = ({ edits }: Fix, value: Span): boolean =>
  edits.length > 0 && edits.every((edit) => edit.length > 0 && contains(value, edit));

const contains = (outer: Span, { offset, length }: Span): boolean =>
  offset >= outer.offset && offset + length <= outer.offset + outer.length;

/** Reported at the last of the values, with the others as related places. */
function together(values: readonly SweptValue[], finding: Finding): Finding {
  const last = values.at(-1);
  if (last === undefined) return finding;
  const others = values.slice(0, -1);
  const words = others.map(({ path, value }) => `${path}=${JSON.stringify(value)}`).join(" and ");
  return {
    ...finding,
    message: `Together with ${words}: ${finding.message}`,
    span: opening(last.node),
    fixes: [],
    related: others.map(({ node, path }) => ({ span: opening(node), message: path })),
  };
}

/** A value that is wrong in several combinations is reported once. */
function firstOfEach(findings: readonly Finding[]): Finding[] {
  const reported = new Set<string>();
  return findings.filter(({ code, span }) => {
    const key = `${code} ${span.offset}`;
    return !reported.has(key) && reported.add(key);
  });
}
