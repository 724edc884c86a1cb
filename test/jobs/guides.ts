import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { succeed } from "../run/support.ts";

/** The guides in docs/, whose blocks are run as they stand there. */

export interface Guide {
  readonly page: string;
  /** Texts of its Python, and what stands for them where the fixture is made: the same with few samples. */
  readonly smaller: readonly (readonly [string, string])[];
  /** What Python writes that later blocks need: files and folders. */
  readonly files: readonly string[];
}

export const guides: readonly Guide[] = [
  {
    page: "pytorch-to-browser",
    smaller: [
      ["TRAIN = 1347", "TRAIN = 80"],
      ["random_state=0, stratify=digits)", "test_size=20, random_state=0, stratify=digits)"],
      ["WIDTH = 32", "WIDTH = 4"],
    ],
    files: ["train-x.npy", "train-y.npy", "test-x.npy", "test-y.npy", "sample.json", "teacher.onnx"],
  },
  {
    page: "forest-to-mlp",
    smaller: [
      ["TREES = 200", "TREES = 5"],
      ["test_size=0.3, random", "train_size=60, test_size=20, random"],
    ],
    files: ["train.csv", "test.csv", "forest.onnx"],
  },
  {
    page: "stored-outputs",
    smaller: [["COUNT = 600", "COUNT = 120"]],
    files: ["train.jsonl", "test.jsonl", "said-train.csv", "said-test.csv", "tokenizer.json"],
  },
  {
    page: "few-labels",
    smaller: [
      ["LABELLED, MORE, TEST = 60, 400, 100", "LABELLED, MORE, TEST = 10, 10, 6"],
      ["WIDTH = 32", "WIDTH = 4"],
    ],
    files: ["labelled", "more", "test", "teacher.onnx"],
  },
  {
    page: "sentence-classifier",
    smaller: [["COUNT, WIDTH, LENGTH = 900, 32, 16", "COUNT, WIDTH, LENGTH = 150, 8, 16"]],
    files: ["train.csv", "test.csv", "tokenizer.json", "teacher.onnx"],
  },
  {
    page: "teacher-classifier",
    smaller: [
      ["TRAIN = 1347", "TRAIN = 80"],
      ["random_state=0, stratify=digits)", "test_size=20, random_state=0, stratify=digits)"],
    ],
    files: ["train-x.npy", "train-y.npy", "test-x.npy", "test-y.npy", "teacher.onnx", "teacher.safetensors"],
  },
  // A page a concept, on data that `distill init` makes.
  ...["temperature", "alpha", "losses", "honest-comparison"].map((page) => ({
    page,
    smaller: [],
    files: [],
  })),
];

const inRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The files that stand for what a guide's Python writes, where there is no Python. */
export const guideFixture = (page: string): string => inRepository(`test/fixtures/guides/${page}`);

interface Block {
  readonly language: string;
  /** Its file; absent: commands. */
  readonly file?: string;
  readonly text: string;
}

export async function blocksOf(page: string): Promise<readonly Block[]> {
  const text = await readFile(inRepository(`docs/${page}.md`), "utf8");
  return [...text.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(([, language, file, text]) => ({
    language: language as string,
    ...(file === undefined ? {} : { file }),
    text: text as string,
  }));
}

export interface Follow {
  /** Runs the Python blocks; absent: their files are there. */
  readonly python?: string;
  readonly cli?: string;
}

/** Does what a guide says, in a folder. Throws at the first command that fails. @returns what the commands printed */
export async function followGuide(page: string, folder: string, { python, cli }: Follow): Promise<string> {
  let printed = "";
  for (const { language, file, text } of await blocksOf(page)) {
    if (file !== undefined) await writeFile(join(folder, file), text);
    if (language === "python" && python !== undefined)
      printed += await runFile(python, [file as string], folder);
    if (language === "js") await asBrowserRuntime(folder);
    if (file !== undefined) continue;
    if (language !== "sh") throw new Error(`${page}: no test runs a block of ${language} without a file`);
    for (const line of text.trim().split("\n")) {
      const [program, ...words] = line.split(" ");
      if (program === "node") printed += await runFile(process.execPath, words, folder);
      else if (program === "distill") printed += await commandLine(words, folder, cli);
      else throw new Error(`${page}: no test runs \`${line}\``);
    }
  }
  return printed;
}

/** Writes the fixture of a guide: what its Python blocks write where their numbers are smaller. */
export async function keepGuide(
  page: string,
  { python, folder }: { readonly python: string; readonly folder: string },
): Promise<void> {
  const guide = guides.find((one) => one.page === page) as Guide;
  const first = (await blocksOf(page)).find(({ language }) => language === "python");
  let text = first?.text ?? "";
  for (const [large, small] of guide.smaller) {
    if (!text.includes(large)) throw new Error(`${page}: its Python has no \`${large}\``);
    text = text.replaceAll(large, small);
  }
  await writeFile(join(folder, "small.py"), text);
  await runFile(python, ["small.py"], folder);
  const kept = guideFixture(page);
  await rm(kept, { recursive: true, force: true });
  for (const file of guide.files) await cp(join(folder, file), join(kept, file), { recursive: true });
}

async function commandLine(words: readonly string[], cwd: string, cli: string | undefined): Promise<string> {
  return (await succeed(words, { cwd, ...(cli === undefined ? {} : { cli }) })).stdout;
}

async function runFile(program: string, words: readonly string[], cwd: string): Promise<string> {
  // Threads of PyTorch that wait for each other stand still on a machine with other work.
  const env = { ...process.env, OMP_NUM_THREADS: "1" };
  return (await promisify(execFile)(program, [...words], { cwd, env, maxBuffer: 1e8 })).stdout;
}

/** onnxruntime-web has the interface of onnxruntime-node, which is installed. */
async function asBrowserRuntime(folder: string): Promise<void> {
  const link = join(folder, "node_modules", "onnxruntime-web");
  await mkdir(dirname(link), { recursive: true });
  await symlink(inRepository("node_modules/onnxruntime-node"), link, "dir").catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
}
