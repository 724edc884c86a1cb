import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import fc from "fast-check";
import { summarizeRun } from "../../server/runs/list.ts";
import { RunError } from "../../server/runs/runError.ts";
import { type Door, doors, slowDoors } from "./doors.ts";
import { damage, type Mutation, mutation } from "./mutations.ts";

/** Real runs, which every case begins with: one by itself and a sweep, in a folder of runs. */
export interface Ground {
  readonly folder: string;
  readonly runs: readonly string[];
  readonly victim: string;
  readonly files: ReadonlyMap<string, Buffer>;
  /** The runs that are not as they were. */
  changed: readonly string[];
}

/** One case: which run, what befalls it, and through which doors it is looked at. */
export interface Case {
  readonly number: number;
  readonly run: number;
  readonly mutations: readonly Mutation[];
}

export interface Finding {
  readonly case: Case;
  readonly door: string;
  readonly what: string;
}

/** No door takes as long, on whatever machine. */
const patienceMs = 20_000;

/** The runs stand in `whole`, where nobody damages them, and are tried in `runs`. */
export function readGround(folder: string): Ground {
  const whole = join(folder, "whole");
  const runs = readdirSync(whole)
    .sort()
    .map((name) => join(folder, "runs", name));
  const files = new Map(
    contentsOf(whole).map(([path, content]) => [join(folder, "runs", relative(whole, path)), content]),
  );
  return { folder, runs, victim: join(folder, "victim"), files, changed: runs };
}

export const caseOf = (seed: number, number: number): Case => {
  const cases = fc.tuple(fc.nat(1000), fc.array(mutation, { minLength: 1, maxLength: 3 }));
  const [[run, mutations]] = fc.sample(cases, { seed: seed * 1_000_003 + number, numRuns: 1 }) as [
    [number, Mutation[]],
  ];
  return { number, run, mutations };
};

/** Damages a run in one way and tries every door. */
export async function tryCase(ground: Ground, it: Case, told: (door: string) => void): Promise<Finding[]> {
  const run = ground.runs[it.run % ground.runs.length] as string;
  const beside = ground.runs[(it.run + 1) % ground.runs.length] as string;
  restore(ground);
  ground.changed = isBeside(it) ? ground.runs : ground.runs.filter((other) => other.startsWith(run));
  for (const one of it.mutations) damage({ ...ground, run }, one);
  const victim = snapshotOf(ground.victim);
  const findings: Finding[] = [];
  const find = (door: string, what: string) => findings.push({ case: it, door, what });
  // Forms of the same door take turns.
  const all = {
    ...(it.number % 2 === 0 ? doors.asText : doors.asJson),
    ...(it.number % 50 === 0 ? slowDoors : {}),
  };
  // The run is removed at the end.
  const names = [...Object.keys(all).filter((name) => name !== "delete"), "delete"];
  for (const name of names) {
    told(name);
    const whole = name === "delete" ? whatMayNotGo(ground, run) : [];
    const problem = await through(all[name] as Door, run, beside);
    if (problem !== undefined) find(name, problem);
    const after = snapshotOf(ground.victim);
    if (after !== victim) find(name, `touched what is no run's: ${victim} → ${after}`);
    for (const path of whole) if (!existsSync(path)) find(name, `removed ${path}`);
    if (name === "list" && !isBeside(it) && (await summarizeRun(beside)) === undefined)
      find(name, `${basename(beside)} is not a run any more`);
  }
  return findings;
}

const isBeside = ({ mutations }: Case): boolean => mutations.some(({ kind }) => kind === "swap");

/** Undefined: it gave a value or refused in a sentence. */
async function through(door: Door, run: string, beside: string): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve("takes for ever"), patienceMs);
  });
  const tried = door(run, beside).then(
    () => undefined,
    (error: unknown) =>
      error instanceof RunError ? wording(error) : `throws ${(error as Error)?.stack ?? String(error)}`,
  );
  try {
    return await Promise.race([tried, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A refusal is a sentence with a hint. */
const wording = ({ message, hint }: RunError): string | undefined =>
  /^[\s\S]+[.!]$/.test(message) && !/undefined|\[object|NaN/.test(message) && hint !== ""
    ? undefined
    : `says ${JSON.stringify(message)}, ${JSON.stringify(hint)}`;

/** A sweep goes with its runs, any other run by itself. */
function whatMayNotGo({ runs, victim }: Ground, run: string): string[] {
  return [victim, ...runs.filter((other) => other !== run && !other.startsWith(`${run}-`))].filter((path) =>
    existsSync(path),
  );
}

/** Puts back as they were what the case before has changed. */
function restore({ folder, files, victim, changed }: Ground): void {
  for (const path of [...changed, victim, `${folder}/runs.out`])
    if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path, { recursive: true });
  const own = [...files].filter(([path]) => changed.some((run) => path.startsWith(run + sep)));
  for (const path of new Set(own.map(([path]) => dirname(path)))) mkdirSync(path, { recursive: true });
  for (const [path, content] of own) writeFileSync(path, content);
  mkdirSync(victim);
  writeFileSync(join(victim, "thesis.txt"), "years of work\n");
}

/** Names, sizes, times and contents. */
function snapshotOf(victim: string): string {
  const entries = readdirSync(victim).sort();
  return JSON.stringify(
    entries.map((name) => {
      const path = join(victim, name);
      const { size, mtimeMs } = statSync(path);
      return [
        name,
        size,
        mtimeMs,
        lstatSync(path).isFile() ? readFileSync(path, "latin1").slice(0, 100) : "",
      ];
    }),
  );
}

function contentsOf(folder: string): [string, Buffer][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, Buffer][] => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? contentsOf(path) : [[path, readFileSync(path)]];
  });
}
