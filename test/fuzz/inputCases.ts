import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { unzipSync, zipSync } from "fflate";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import { checkExperiment, findingLine } from "../../server/api/checkExperiment.ts";
import { describeFile } from "../../server/data/describe.ts";
import { type Preflight, preflight } from "../../server/engine/train/preflight.ts";
import { openTeacher } from "../../server/engine/train/teachers/open.ts";
import { resolve } from "../../server/language/resolve.ts";
import { RunError } from "../../server/runs/runError.ts";
import { decodeSafetensors } from "../../server/runs/safetensors.ts";
import { loadEager } from "../support/eager.ts";
import { memoryWorld } from "../support/memoryWorld.ts";
import { allInputs, type Inputs } from "./inputFiles.ts";
import { changed, pick, strange, withTexts } from "./mutations.ts";

/** How one file is damaged: plain data, so that a case can be printed and told from its number. */
interface Damage {
  readonly isInside: boolean;
  readonly kind: (typeof kinds)[number];
  readonly place: number;
  readonly way: number;
  readonly noise: readonly number[];
  readonly value: unknown;
}

export interface InputCase {
  readonly number: number;
  readonly inputs: string;
  readonly file: number;
  readonly damages: readonly Damage[];
}

export interface InputFinding {
  readonly case: InputCase;
  readonly door: string;
  readonly what: string;
}

const kinds = ["flip", "cut", "insert", "word", "word", "copy", "number", "number", "json", "json"] as const;

const oneDamage: fc.Arbitrary<Damage> = fc.record({
  isInside: fc.boolean(),
  kind: fc.constantFrom(...kinds),
  place: fc.nat(1_000_000),
  way: fc.nat(1000),
  noise: fc.array(fc.nat(255), { maxLength: 40 }),
  value: strange,
});

export function inputCaseOf(seed: number, number: number): InputCase {
  const cases = fc.record({
    inputs: fc.constantFrom(...Object.keys(allInputs)),
    file: fc.nat(100),
    damages: fc.array(oneDamage, { minLength: 1, maxLength: 3 }),
  });
  const [it] = fc.sample(cases, { seed: seed * 1_000_003 + number, numRuns: 1 });
  return { number, ...(it as Omit<InputCase, "number">) };
}

const experimentName = "e.distill.json";

/** No case makes the process larger by as much, whatever a file says of its sizes. */
const mostGrowth = 400 * 1024; // KB, as `maxRSS` has them

/** Damages one file of an experiment, or the experiment itself, and looks at it through every door. */
export async function tryInputs(
  folder: string,
  it: InputCase,
  told: (door: string) => void,
): Promise<InputFinding[]> {
  const inputs = allInputs[it.inputs] as Inputs;
  const target = pick([...Object.keys(inputs.files), experimentName], it.file);
  const damage = (bytes: Uint8Array) => it.damages.reduce((whole, one) => damaged(target, whole, one), bytes);
  const { findings } = await checkInputs(folder, inputs, { target, damage, told });
  return findings.map((finding) => ({ case: it, ...finding }));
}

export interface Looking {
  /** The file that is damaged. */
  readonly target?: string;
  readonly damage?: (bytes: Uint8Array) => Uint8Array;
  readonly told: (door: string) => void;
}

/** The trainer is begun with what was checked, or with the experiment as it was before a file of it was damaged. */
export async function checkInputs(
  folder: string,
  inputs: Inputs,
  { target = experimentName, damage = (bytes) => bytes, told }: Looking,
): Promise<{ readonly said: readonly string[]; readonly findings: readonly Omit<InputFinding, "case">[] }> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const text = Buffer.from(JSON.stringify(inputs.experiment, null, 2));
  for (const [name, whole] of Object.entries({ ...inputs.files, [experimentName]: text }))
    writeFileSync(join(folder, name), name === target ? damage(whole) : whole);

  const said: string[] = [];
  const findings: Omit<InputFinding, "case">[] = [];
  const through = async <T>(door: string, enter: () => Promise<T>): Promise<T | undefined> => {
    told(door);
    const before = process.resourceUsage().maxRSS;
    try {
      return await enter();
    } catch (error) {
      if (!(error instanceof RunError))
        findings.push({ door, what: `throws ${(error as Error)?.stack ?? String(error)}` });
      return undefined;
    } finally {
      const grown = process.resourceUsage().maxRSS - before;
      if (grown > mostGrowth) findings.push({ door, what: `takes ${grown >> 10} MB` });
    }
  };
  const say = (door: string, messages: readonly string[]) => {
    said.push(...messages);
    for (const message of messages)
      if (message === "" || /\[object |: undefined/.test(message))
        findings.push({ door, what: `says ${JSON.stringify(message)}` });
  };

  const checked = await through("check", () => checkExperiment(join(folder, experimentName)));
  say("check", (checked?.findings ?? []).map(findingLine));
  await through("describe", () => describeFile(join(folder, target)));
  const weights = Object.keys(inputs.files).find((name) => name.endsWith(".safetensors"));
  if (weights !== undefined)
    await through("weights", async () => decodeSafetensors(readFileSync(join(folder, weights)), weights));

  const experiment =
    target === experimentName
      ? checked?.experiment
      : (resolve(inputs.experiment, "fuzz") as ResolvedExperiment);
  if (experiment === undefined) return { said, findings };
  const { context } = memoryWorld({ load: loadEager, folder });
  const ready = await through("preflight", () => preflight(experiment, context));
  if (ready === undefined) return { said, findings };
  if ("problem" in ready) say("preflight", [ready.problem.message]);
  // One of layers would be trained.
  else if ("student" in ready && experiment.teacher && experiment.teacher.type !== "layers") {
    const opened = await through("teacher", () => open(experiment.teacher, ready, context));
    if (opened?.ending === "failed") say("teacher", [opened.message]);
    if (opened?.ending === "completed") await opened.result.dispose();
  }
  return { said, findings };
}

function open(
  teacher: ResolvedExperiment["teacher"],
  { data: { train, normalize } }: Preflight,
  context: Parameters<typeof preflight>[1],
) {
  const learn = async () => ({ ending: "stopped", step: 0 }) as const;
  const options = { train, normalize, batchSizes: [8] };
  return openTeacher(teacher as NonNullable<typeof teacher>, options, { ...context, learn });
}

/** A damaged directory may claim gigabytes, which unpacking would allocate. */
function isOfPlausibleSize({ name, originalSize }: { readonly name: string; readonly originalSize: number }) {
  if (originalSize > 1 << 26) throw new RangeError(`${name} claims ${originalSize} bytes.`);
  return true;
}

/** Archives are damaged as they are, or inside and packed again. */
function damaged(name: string, bytes: Uint8Array, one: Damage): Uint8Array {
  if (one.isInside)
    try {
      if (name.endsWith(".gz")) return gzipSync(damaged("", gunzipSync(bytes), one));
      if (name.endsWith(".npz")) {
        const entries = Object.entries(unzipSync(bytes, { filter: isOfPlausibleSize }));
        const at = one.place % entries.length;
        const next = entries.map(([key, content], i) => [
          key,
          i === at ? damaged("", content, one) : content,
        ]);
        return zipSync(Object.fromEntries(next), { level: one.way % 2 === 0 ? 0 : 6 });
      }
    } catch {
      // Damaged already, so that it cannot be unpacked.
    }
  return ways[one.kind](bytes, one, name);
}

/** What stands in headers as a size, an offset or a count, and should not. */
const words = [
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0x7f, 0xff, 0xff, 0xff],
  [0, 0, 0, 0],
  [0, 0, 0, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0, 0, 0, 0, 1, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
];
const numbers = [
  "-1",
  "0",
  "1e999",
  "4294967296",
  "9007199254740993",
  "99999999999999999999",
  "0.5",
  "NaN",
  "",
];

const ways: Readonly<Record<Damage["kind"], (bytes: Uint8Array, one: Damage, name: string) => Uint8Array>> = {
  flip: (bytes, { place, way }) => {
    const next = Uint8Array.from(bytes);
    if (next.length > 0) next[place % next.length] = (next[place % next.length] as number) ^ (1 << (way % 8));
    return next;
  },
  cut: (bytes, { place, way }) => {
    const at = place % (bytes.length + 1);
    return way % 2 === 0 ? bytes.slice(0, at) : splice(bytes, at, way % 20, []);
  },
  insert: (bytes, { place, way, noise }) => splice(bytes, place % (bytes.length + 1), way % 3, noise),
  word: (bytes, { place, way }) => {
    const word = pick(words, way);
    return splice(bytes, place % (bytes.length + 1), word.length, word);
  },
  copy: (bytes, { place, way }) => {
    const from = place % (bytes.length + 1);
    return splice(bytes, way % (bytes.length + 1), 0, bytes.slice(from, from + (way % 200)));
  },
  number: (bytes, { place, way }) => {
    const text = Buffer.from(bytes).toString("latin1");
    const found = [...text.matchAll(/\d+/g)];
    if (found.length === 0) return bytes;
    const { 0: digits, index } = pick(found, place);
    return splice(bytes, index, digits.length, Buffer.from(pick(numbers, way)));
  },
  json: (bytes, { place, way, value }, name) => {
    const isPacked = extname(name) === ".safetensors";
    const start = isPacked ? 8 : 0;
    try {
      const end = isPacked ? 8 + Number(Buffer.from(bytes).readBigUInt64LE()) : bytes.length;
      const json: unknown = JSON.parse(Buffer.from(bytes.slice(start, end)).toString());
      const text = Buffer.from(withTexts(JSON.stringify(changed(json, place, way, value)) ?? ""));
      const size = Buffer.alloc(start);
      if (isPacked) size.writeBigUInt64LE(BigInt(text.length));
      return Buffer.concat([size, text, bytes.slice(end)]);
    } catch {
      const text = Buffer.from(typeof value === "string" ? value : (JSON.stringify(value) ?? "")).subarray(
        0,
        200,
      );
      return splice(bytes, place % (bytes.length + 1), text.length, text);
    }
  },
};

const splice = (bytes: Uint8Array, at: number, removed: number, by: Iterable<number>): Uint8Array =>
  Uint8Array.from([...bytes.slice(0, at), ...by, ...bytes.slice(at + removed)]);
