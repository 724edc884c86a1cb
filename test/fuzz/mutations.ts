import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { encodeLine } from "../../server/runs/eventLine.ts";
import { RunError } from "../../server/runs/runError.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type StoredTensor,
  type StoredTensors,
} from "../../server/runs/safetensors.ts";

/** How a run directory is damaged: by a broken disk, a careless copy, or somebody who means harm. */

/** Where damage may lead. */
export interface Ground {
  /** The run that is damaged. */
  readonly run: string;
  /** Every run beside it, itself among them. */
  readonly runs: readonly string[];
  /** A folder that is no run's, with a file `thesis.txt`. */
  readonly victim: string;
}

/** Plain data, so that a case can be printed and told from its number. */
export interface Mutation {
  readonly kind: (typeof kinds)[number];
  /** Which file, which place in it, and which of several ways. */
  readonly file: number;
  readonly place: number;
  readonly way: number;
  readonly value: unknown;
}

const kinds = [
  "json",
  "json",
  "json",
  "line",
  "line",
  "sealed",
  "truncate",
  "flip",
  "delete",
  "swap",
  "link",
  "pipe",
  "folder",
  "bytes",
  "members",
  "record",
  "size",
  "hard link",
  "predictions",
] as const;

export const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    0.5,
    2 ** 31,
    2 ** 53,
    1e300,
    -1e300,
    "",
    "x",
    "../../victim",
    "/etc/passwd",
    "\0",
    "\u001b[2J",
    "a".repeat(100_000),
    [],
    [[]],
    {},
    [null],
    { type: null },
    { length: 5 },
    marker("deep"),
    marker("deeper"),
    marker("infinite"),
    marker("proto"),
    marker("many"),
  ),
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.jsonValue({ maxDepth: 3 }),
);

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...kinds),
  file: fc.nat(1000),
  place: fc.nat(100_000),
  way: fc.nat(1000),
  value: strange,
});

/** Text that JSON.stringify does not write, put in the place of its marker. */
function marker(name: string): string {
  return `«${name}»`;
}

const texts: Readonly<Record<string, () => string>> = {
  deep: () => "[".repeat(3000) + "]".repeat(3000),
  deeper: () => `${`{"a":`.repeat(1e6)}1${"}".repeat(1e6)}`,
  infinite: () => "1e999",
  proto: () => '{"__proto__": {"polluted": true}, "constructor": null, "toString": 1}',
  many: () => `[${"0,".repeat(50_000)}0]`,
};

export const withTexts = (json: string): string =>
  json.replaceAll(/"«(\w+)»"/g, (_, name: string) => texts[name]?.() ?? "0");

/** What a mutation has to go by. */
interface Place extends Mutation {
  readonly ground: Ground;
  /** The run's files, in a fixed order, and those of them with a name. */
  readonly files: readonly string[];
  readonly named: (...names: readonly string[]) => string[];
  readonly any: string;
}

export function damage(ground: Ground, mutation: Mutation): void {
  const files = filesIn(ground.run);
  const named = (...names: readonly string[]) => files.filter((path) => names.includes(basename(path)));
  try {
    if (files.length > 0)
      ways[mutation.kind]({ ...mutation, ground, files, named, any: pick(files, mutation.file) });
  } catch (error) {
    // Two mutations may meet in one file: a link where a file was, a file too large to be changed.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

export const pick = <T>(from: readonly T[], number: number): T => from[number % from.length] as T;

const ways: Readonly<Record<Mutation["kind"], (place: Place) => unknown>> = {
  json: ({ any, named, file, place, way, value }) => {
    const path = pick([...named("job.json", "manifest.json", "experiment.json"), any], file);
    return rewrite(path, (text) => withTexts(JSON.stringify(changed(JSON.parse(text), place, way, value))));
  },
  line: ({ ground, place, way, value }) => {
    return rewrite(join(ground.run, "events.jsonl"), (text) => {
      const lines = text.trimEnd().split("\n");
      // Ends matter most: a list reads no more.
      const at = way % 3 === 0 ? lines.length - 1 : way % 3 === 1 ? place % lines.length : 0;
      const { crc: _, ...event } = JSON.parse(lines[at] ?? "{}");
      const other = withTexts(JSON.stringify(changed(event, place, way, value) ?? null));
      lines[at] = way % 2 === 0 ? other : sealedLine(other);
      return `${lines.join("\n")}\n`;
    });
  },
  sealed: ({ named, file, place, way, value }) => {
    const sums = named("SHA256SUMS");
    if (sums.length === 0) return;
    const folder = dirname(pick(sums, file));
    const inside = readdirSync(folder).filter((name) => name !== "SHA256SUMS");
    const path = join(folder, pick(inside, place));
    if (path.endsWith(".json"))
      rewrite(path, (text) => withTexts(JSON.stringify(changed(JSON.parse(text), place, way, value))));
    else if (path.endsWith(".safetensors")) rewriteHeader(path, { place, way, value });
    return reseal(folder);
  },
  truncate: ({ any, place }) => {
    return truncateSync(any, place % (lstatSync(any).size + 1));
  },
  flip: ({ any, place, way }) => {
    const bytes = readFileSync(any);
    if (bytes.length > 0) bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ (1 << (way % 8));
    return writeFileSync(any, bytes);
  },
  delete: ({ any, ground, way }) => {
    return rmSync(way % 4 === 0 && dirname(any) !== ground.run ? dirname(any) : any, { recursive: true });
  },
  swap: ({ any, ground, place }) => {
    const other = pick(ground.runs.flatMap(filesIn), place);
    if (other === any) return;
    const kept = `${ground.victim}.kept`;
    renameSync(any, kept);
    renameSync(other, any);
    return renameSync(kept, other);
  },
  link: ({ any, ground, file, place, way }) => {
    const targets = [
      ground.victim,
      join(ground.victim, "thesis.txt"),
      any,
      ground.run,
      "nowhere",
      dirname(ground.run),
      pick(ground.runs, place),
      "/dev/zero",
    ];
    const path = pick(placesOf(ground.run, any), file);
    rmSync(path, { recursive: true, force: true });
    return symlinkSync(pick(targets, way), path);
  },
  pipe: ({ any, ground, file }) => {
    const path = pick(placesOf(ground.run, any), file);
    rmSync(path, { recursive: true, force: true });
    execFileSync("mkfifo", [path]);
    return;
  },
  folder: ({ any, ground, file, way }) => {
    const path = pick(placesOf(ground.run, any), file);
    rmSync(path, { recursive: true, force: true });
    if (way % 2 === 0) return writeFileSync(path, "a file");
    mkdirSync(path);
    if (way % 4 === 1) writeFileSync(join(path, "inside"), "1");
    return;
  },
  bytes: ({ any, way, value }) => {
    const contents = [
      "",
      "\0".repeat(4096),
      "null",
      "[]",
      "5",
      '"text"',
      "{}",
      "{",
      "\ufeff{}",
      "\n\n\n",
      withTexts('"«deeper»"'),
      withTexts('"«proto»"'),
      JSON.stringify(value) ?? "",
      Buffer.from([0xff, 0xfe, 0x00, 0xc3]),
      "a".repeat(1 << 20),
      '{"format": 99, "writtenBy": "9.9.9"}',
    ];
    return writeFileSync(any, pick(contents, way));
  },
  members: ({ ground, place, way, value }) => {
    const ids = [
      basename(ground.run),
      ...ground.runs.map((run) => basename(run)),
      "../victim",
      "..",
      "",
      "none",
      value,
    ];
    const members =
      way % 5 === 0
        ? value
        : Array.from({ length: way % 7 === 0 ? 20_000 : way % 4 }, (_, index) => ({
            runId: pick(ids, place + index),
            settings: way % 3 === 0 ? value : {},
          }));
    return rewrite(join(ground.run, "job.json"), (text) =>
      withTexts(JSON.stringify({ ...JSON.parse(text), members })),
    );
  },
  record: ({ ground, file, place, way, value }) => {
    const record = { pid: 2 ** 22, startTime: "", host: "elsewhere", since: Date.now() };
    const path = join(ground.run, pick(["lock", "trainer.pid"], file));
    rmSync(path, { recursive: true, force: true });
    return writeFileSync(path, withTexts(JSON.stringify(changed(record, place, way, value)) ?? ""));
  },
  size: ({ any }) => {
    return truncateSync(any, basename(any) === "events.jsonl" ? 40 << 20 : 2 ** 35);
  },
  predictions: ({ ground, place, way, value }) => {
    const path = join(ground.run, "predictions.safetensors");
    if (!isOwn(path)) return;
    try {
      const { tensors, metadata } = decodeSafetensors(readFileSync(path), path);
      const { sha256: _, ...told } = metadata;
      const names = Object.keys(tensors);
      const given = { ...tensors };
      const tensor = given[pick(names, place)] as StoredTensor;
      const other = typeof value === "number" ? value : way;
      if (way % 3 === 0) tensor.data[place % tensor.data.length] = other;
      else if (way % 3 === 1) given[pick([...names, "confidence.teacher", "__proto__"], way)] = tensor;
      // A value may have a `toString` that is none.
      const text = typeof value === "string" ? value : JSON.stringify(value);
      const classes = way % 3 === 2 ? text : (told["classes"] ?? "");
      writeFileSync(path, sealedPredictions(given, { ...told, classes }));
    } catch (error) {
      if (!(error instanceof RunError)) throw error; // Damaged already.
    }
  },
  "hard link": ({ any, ground, file }) => {
    const path = pick([join(ground.run, "events.jsonl"), any], file);
    rmSync(path, { force: true });
    return linkSync(join(ground.victim, "thesis.txt"), path);
  },
};

/** What may be replaced by what it is not: files that are there, those that a run may have, folders, the run itself. */
const placesOf = (run: string, any: string): string[] => [
  any,
  ...["lock", "trainer.pid", "trainer.log", "events.jsonl.reserve", "job.json", "events.jsonl"].map((name) =>
    join(run, name),
  ),
  ...["best", "final", "checkpoints", "teacher", "predictions.safetensors"].map((name) => join(run, name)),
  run,
];

/** What is written to here: not links, pipes and second names of other files, which are damage already. */
function filesIn(folder: string): string[] {
  if (!existsSync(folder) || !lstatSync(folder).isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : isOwn(path) ? [path] : [];
    })
    .sort();
}

function isOwn(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.nlink === 1;
}

/** Nothing where the file is damaged already so that it cannot be changed in this way. */
function rewrite(path: string, change: (text: string) => string): void {
  try {
    if (isOwn(path) && lstatSync(path).size < 1 << 24)
      writeFileSync(path, change(readFileSync(path, "utf8")));
  } catch {
    // Two mutations may meet in one file.
  }
}

/** One place in a value has another value, is gone, has another key, or has a key more. */
export function changed(value: unknown, place: number, way: number, by: unknown): unknown {
  const count = countOf(value);
  let left = place % count;
  const visit = (node: unknown): unknown => {
    if (left-- === 0) {
      if (way % 6 === 0 && typeof node === "object" && node !== null && !Array.isArray(node))
        return { ...node, [way % 12 === 0 ? marker("key") : "more"]: by };
      return by;
    }
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== "object" || node === null) return node;
    const entries = Object.entries(node).flatMap(([key, child]) => {
      const isNext = left === 0;
      const next = visit(child);
      if (isNext && way % 6 === 1) return [];
      return [[isNext && way % 6 === 2 ? "__proto__" : key, next]];
    });
    return Object.fromEntries(entries);
  };
  return visit(value);
}

function countOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, child) => sum + countOf(child), 1);
}

/** Predictions whose checksum holds, whatever they say. */
function sealedPredictions(tensors: StoredTensors, metadata: Readonly<Record<string, string>>): Uint8Array {
  const sha256 = createHash("sha256").update(encodeSafetensors(tensors, metadata)).digest("hex");
  return encodeSafetensors(tensors, { ...metadata, sha256 });
}

/** A line whose checksum holds, whatever it says. */
function sealedLine(json: string): string {
  try {
    return encodeLine(JSON.parse(json)).toString().trimEnd();
  } catch {
    return json;
  }
}

function rewriteHeader(
  path: string,
  { place, way, value }: { readonly place: number; readonly way: number; readonly value: unknown },
): void {
  try {
    const bytes = readFileSync(path);
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + length));
    const text = Buffer.from(withTexts(JSON.stringify(changed(header, place, way, value)) ?? ""));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(path, Buffer.concat([size, text, bytes.subarray(8 + length)]));
  } catch {
    // Damaged already.
  }
}

/** Somebody who means harm writes checksums, too. */
function reseal(folder: string): void {
  const names = readdirSync(folder).filter(
    (name) => name !== "SHA256SUMS" && lstatSync(join(folder, name)).isFile(),
  );
  const lines = names.map(
    (name) =>
      `${createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex")}  ${name}\n`,
  );
  writeFileSync(join(folder, "SHA256SUMS"), lines.join(""));
}
