import { posix } from "node:path";

/** The files or arrays of one data set, by split. */
export type Splits = Readonly<Partial<Record<Split, string>>> & { readonly train: string };

export type Split = "train" | "validation" | "test";

/** Words in names that say which split something is of. */
const splitWords: Readonly<Record<Split, readonly string[]>> = {
  train: ["train", "training"],
  validation: ["validation", "valid", "val", "dev"],
  test: ["test", "testing", "t10k"],
};

/** What is a sample in a name, and what its label is called beside it. */
const labelWords: readonly (readonly [string, readonly string[]])[] = [
  ["images", ["labels", "targets", "target"]],
  ["image", ["label", "target"]],
  ["x", ["y", "Y"]],
  ["features", ["labels", "targets", "target"]],
  ["data", ["labels", "targets", "target"]],
  ["inputs", ["labels", "targets", "target"]],
];

/** A word that stands by itself in a name: not a part of a longer one. */
const alone = (word: string): RegExp => new RegExp(`(?<![a-z0-9])${word}(?![a-z0-9])`, "gi");

/** Puts together what differs in the word for its split alone; what has no such word, or no training part, stands by itself. */
export function inSplits(paths: readonly string[]): Splits[] {
  const groups = new Map<string, Partial<Record<Split, string>>>();
  for (const path of paths) {
    const { split, key } = splitOf(path);
    groups.set(key, { ...groups.get(key), [split]: path });
  }
  return [...groups.values()].flatMap((group) =>
    group.train === undefined
      ? Object.values(group).map((train) => ({ train }))
      : [{ ...group, train: group.train }],
  );
}

function splitOf(path: string): { readonly split: Split; readonly key: string } {
  for (const [split, words] of Object.entries(splitWords) as [Split, readonly string[]][])
    for (const word of words) {
      const key = path.replace(alone(word), "*");
      if (key !== path) return { split, key };
    }
  return { split: "train", key: path };
}

/** The name of the labels beside that of samples, among those that there are. */
export function labelsOf(path: string, among: ReadonlySet<string>): string | undefined {
  const folder = posix.dirname(path);
  const name = posix.basename(path);
  for (const [word, others] of labelWords)
    for (const other of others) {
      const renamed = name.replace(alone(word), other).replace(alone("idx3"), "idx1");
      const labels = beside(folder, renamed);
      if (labels !== path && among.has(labels)) return labels;
    }
  return undefined;
}

const beside = (folder: string, name: string): string => (folder === "." ? name : `${folder}/${name}`);
