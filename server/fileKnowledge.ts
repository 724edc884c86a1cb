import { basename, dirname, join, resolve } from "node:path";
import { damagedFile, sumsBeside } from "./data/checksums.ts";
import { describeFile } from "./data/describe.ts";
import type { DescribeHint, ModelDescription } from "./data/descriptions/description.ts";
import { filesOf, weightsProblem } from "./data/descriptions/missing.ts";
import { unfitTeacher } from "./data/descriptions/unfitTeacher.ts";
import { fingerprint } from "./data/fingerprint.ts";
import { modelNames } from "./data/formats/bytes.ts";
import { isProblem, sentence } from "./data/problem.ts";
import { entriesOf, isTrusted, statsOf } from "./data/reading.ts";
import { factsOf } from "./descriptionFacts.ts";
import { circleFrom, readExperimentText } from "./experimentChain.ts";
import type { LayerFacts } from "./fileHeaders.ts";
import { checkParsed } from "./language/check.ts";
import {
  type FileFacts,
  type FileKind,
  type FileKnowledge,
  type FileProblem,
  type FileReference,
  factsKey,
  holdsSamples,
  type Knowledge,
  type KnownData,
  type Nearby,
  namesFolder,
} from "./language/facts.ts";
import { modelOf, ownNets } from "./language/model/model.ts";
import { type Parsed, parse } from "./language/parse.ts";
import { references } from "./language/references.ts";
import type { NetQuery } from "./modules/examined.ts";
import { examineModule, examineNet } from "./modules/examiner.ts";
import type { ModuleProblem } from "./modules/moduleProblem.ts";
import { namedModules } from "./modules/namedModules.ts";
import { lastDense } from "./nets/head.ts";
import { layerNames, layerShapes, tapsBeside, weightNames } from "./nets/shapes.ts";

/** Reads the headers of every file that an experiment names, so that its text can be checked against them. */
export async function knowledgeOf(
  parsed: Parsed,
  baseDirectory: string,
  knownData?: Promise<KnownData>,
): Promise<Knowledge> {
  const files = await knowledgeAbout(references(parsed.root), baseDirectory);
  const samples = await knownData;
  const nets = ownNets(parsed, files, samples && { knownData: samples });
  if (nets.length === 0) return files;
  const shapes = await knowledgeAbout(nets, baseDirectory);
  return (reference) => files(reference) ?? shapes(reference);
}

async function knowledgeAbout(wanted: Iterable<FileReference>, baseDirectory: string): Promise<Knowledge> {
  const named = new Map([...wanted].map((reference) => [factsKey(reference), reference]));
  const known = new Map(
    await Promise.all(
      [...named].map(
        async ([key, reference]) => [key, await readFileKnowledge(reference, baseDirectory)] as const,
      ),
    ),
  );
  return (reference) => known.get(factsKey(reference));
}

/** Names a file, and those beside it, as the text does: of a whole path a list of problems shows the beginning alone. */
function asWritten(message: string, file: string, path: string): string {
  const folder = dirname(path);
  return message
    .replaceAll(file, () => path)
    .replaceAll(join(dirname(file), "/"), () => (folder === "." ? "" : `${folder}/`));
}

/** Facts about one file, or why it cannot be read. Relative paths start from the experiment's folder. */
export async function readFileKnowledge(
  reference: FileReference,
  baseDirectory: string,
): Promise<FileKnowledge> {
  const file = resolve(baseDirectory, reference.path);
  if (reference.kind === "experiment" && (await statsOf(file))?.isFile())
    return readExperimentKnowledge(file, reference);
  if (reference.kind === "run" && (await statsOf(file))?.isDirectory())
    return readRunKnowledge(reference, baseDirectory);
  if (reference.kind === "module") {
    const { net } = reference;
    const found = await (net
      ? readNetKnowledge(file, { baseDirectory, query: net })
      : readModuleKnowledge(file, reference.path));
    if (found !== undefined) return found;
  }
  const description = await describeFile(file, hintOf(reference, baseDirectory));
  if (description.kind === "problem") {
    const { problem } = description;
    const isForeign = problem.code === "wrong-magic" || problem.code === "bad-header";
    const unread = reference.kind === "tfjs" && isForeign ? await layersProblem(file) : undefined;
    if (unread !== undefined)
      return { problem: { ...unread, message: asWritten(unread.message, file, reference.path) } };
    const found = problem.code === "missing-file" ? await nearbyOf(reference, baseDirectory) : undefined;
    return {
      problem: {
        code: problem.code,
        message: asWritten(sentence(problem), file, reference.path),
        ...(found === undefined ? {} : { nearby: found }),
        ...(problem.code === "not-a-file" ? { models: await modelsIn(file, reference) } : {}),
      },
    };
  }
  if (description.kind === "images") return { facts: factsOf(description), beside: description.folders };
  if (holdsSamples(reference)) {
    const content = await fingerprint(file);
    return { facts: { ...factsOf(description), ...(content && { content }) } };
  }
  if (description.kind === "weights") {
    const damage = await smallDamage([file]);
    return {
      ...(damage ? { problem: damage } : { facts: factsOf(description) }),
      beside: await sumsOf([file]),
    };
  }
  if (description.kind !== "model") return { facts: factsOf(description) };
  const own = filesOf(file, description);
  const graph = reference.kind === "onnx-student" ? await graphFacts(file, reference) : undefined;
  const unread = await (reference.kind === "tfjs" ? tfjsWeights : onnxWeights)(file, description);
  const problem =
    unread ?? graph?.problem ?? (reference.kind === "onnx" ? unfit(file, description) : undefined);
  const beside = [...description.weightFiles, ...(await sumsOf(own))];
  if (problem)
    return { problem: { ...problem, message: asWritten(problem.message, file, reference.path) }, beside };
  const layered = reference.kind === "tfjs" ? await tfjsLayers(file, description, reference) : undefined;
  return { facts: { ...factsOf(description), ...layered, ...graph?.facts }, beside };
}

/**
 * What another experiment's student is, and what keeps it from being trained. It is checked as its own text is, but for
 * reading its samples: its own run does that first.
 */
async function readExperimentKnowledge(file: string, { isSized }: Sizing): Promise<FileKnowledge> {
  const circle = await circleFrom(file);
  if (circle !== undefined)
    return { facts: { circle: circle.map((path) => basename(path)) }, beside: circle };
  const text = await readExperimentText(file);
  if (typeof text === "object") return { problem: { code: text.code, message: sentence(text) } };
  const parsed = parse(text);
  const folder = dirname(file);
  const knowledge = await knowledgeOf(parsed, folder);
  const model = modelOf(parsed, knowledge);
  const beside = [...references(parsed.root)].flatMap((reference) => [
    resolve(folder, reference.path),
    ...(knowledge(reference)?.beside ?? []),
  ]);
  const wrong = checkParsed(parsed, { knowledge }).filter(({ severity }) => severity === "error");
  const [first] = wrong;
  if (model === undefined || first !== undefined) {
    const more = wrong.length > 1 ? ` and ${wrong.length - 1} more` : "";
    const why = first === undefined ? "it is no experiment" : `${first.message} (${first.code}${more})`;
    return {
      problem: { code: "experiment-invalid", message: `${basename(file)} cannot be trained: ${why}` },
      beside,
    };
  }
  if (model.at("sweep") ?? model.at("seeds"))
    return {
      problem: {
        code: "experiment-several",
        message: `${basename(file)} stands for several runs, by its \`sweep\` or \`seeds\`; expected one, whose student is used.`,
      },
      beside,
    };
  const { student, data, task } = model;
  const { weights, averages } = student ?? {};
  const hasHead = student?.file
    ? student.file.knowledge?.facts?.hasHead
    : student?.plan && lastDense(student.plan.layers.filter((layer) => layer !== undefined)) !== undefined;
  const layers = student?.taps?.map(({ name, type, shape }) => ({
    name,
    ...(type === undefined ? {} : { type }),
    ...(shape === undefined ? {} : { shape }),
  }));
  return {
    facts: {
      ...(task === undefined || task === "classification" ? {} : { task }),
      ...(student?.parameters === undefined ? {} : { parameters: student.parameters }),
      ...(layers === undefined ? {} : { layers }),
      ...(weights === undefined ? {} : { weights }),
      ...(averages === undefined ? {} : { averages }),
      ...(hasHead === undefined ? {} : { hasHead }),
      ...(isSized && student?.specs && student.own === undefined ? { sizes: { layers: student.specs } } : {}),
      ...(data.train?.shape === undefined
        ? {}
        : { inputs: [{ name: "samples", shape: [-1, ...data.train.shape] }] }),
      ...(student?.classes === undefined
        ? {}
        : { outputs: [{ name: "logits", shape: [-1, student.classes] }] }),
    },
    beside,
  };
}

/** The model of a run's student, as the trainer takes it. */
async function readRunKnowledge(reference: FileReference, baseDirectory: string): Promise<FileKnowledge> {
  const { path } = reference;
  for (const kind of ["best", "final"])
    for (const model of ["model.json", "model.onnx"]) {
      const name = `${path.replace(/[\\/]+$/, "")}/${kind}/${model}`;
      if ((await statsOf(resolve(baseDirectory, name)))?.isFile())
        return readFileKnowledge(
          { ...reference, path: name, kind: model === "model.onnx" ? "onnx-student" : "tfjs" },
          baseDirectory,
        );
    }
  return { problem: { code: "no-student", message: `${path} is no run that has a student.` } };
}

/** Sizes take longer to find out than what a file says. */
type Sizing = Pick<FileReference, "isSized">;

/** What a module declares, from a process of its own; undefined where there is no such file. */
async function readModuleKnowledge(file: string, path: string): Promise<FileKnowledge | undefined> {
  if (!isTrusted())
    return {
      problem: {
        code: "module-untrusted",
        message: `This workspace is not trusted, so ${basename(file)} is not run and its keys are not known. Trust the workspace to check them.`,
      },
    };
  if (!(await statsOf(file))?.isFile()) return undefined;
  const examined = await examineModule(file, path);
  if (!("kind" in examined)) return { problem: asKnownProblem(examined.problem) };
  const { kind, schema, files, problem } = examined;
  return {
    facts: { module: { kind, schema, ...(problem && { problem: asKnownProblem(problem) }) } },
    beside: files.slice(1).map((name) => resolve(dirname(file), name)),
  };
}

/** Shapes of a net with its modules; none where these must not be run or one is missing, which is reported at the module. */
async function readNetKnowledge(
  file: string,
  { baseDirectory, query }: { readonly baseDirectory: string; readonly query: NetQuery },
): Promise<FileKnowledge> {
  const paths = namedModules(query.net).map(({ path }) => resolve(baseDirectory, path));
  const stats = await Promise.all(paths.map(statsOf));
  if (!isTrusted() || stats.some((found) => !found?.isFile())) return { facts: {}, beside: paths };
  const examined = await examineNet(baseDirectory, { file, query });
  if (!("files" in examined)) return { facts: {}, beside: paths };
  const { files, problem, plan, ...net } = examined;
  const whole = plan && { ...plan, layers: plan.layers.map((layer) => layer ?? undefined) };
  return {
    facts: {
      net: {
        ...net,
        ...(whole && { plan: whole }),
        ...(problem && { problem: asKnownProblem(problem) }),
      },
    },
    beside: [...new Set([...paths, ...files])],
  };
}

const asKnownProblem = ({ code, message, hint }: ModuleProblem) => ({
  code,
  message: hint === undefined ? message : `${message} ${hint}`,
});

/** Most bytes of weights to read. */
const mostWeightBytes = 16e6;

/** Checks a model's weights with the trainer's reader: of large ones only whether they exist and can be read. */
async function tfjsWeights(file: string, model: ModelDescription): Promise<FileProblem | undefined> {
  const stats = await Promise.all(model.weightFiles.map(statsOf));
  const bytes = stats.reduce((sum, found) => sum + (found?.size ?? 0), 0);
  return weightsProblem(file, model) ?? (bytes <= mostWeightBytes ? layersProblem(file) : undefined);
}

const onnxWeights = async (file: string, model: ModelDescription): Promise<FileProblem | undefined> =>
  weightsProblem(file, model) ?? (await smallDamage(filesOf(file, model)));

function unfit(file: string, model: ModelDescription): FileProblem | undefined {
  const found = unfitTeacher(file, model);
  return found && { code: found.code, message: `${found.message} ${found.hint}` };
}

/** Only the trainer verifies the checksums of large files. */
async function smallDamage(files: readonly string[]): Promise<FileProblem | undefined> {
  const sizes = await Promise.all(files.map(async (path) => (await statsOf(path))?.size ?? 0));
  if (sizes.reduce((sum, size) => sum + size, 0) > mostWeightBytes) return undefined;
  const damage = await damagedFile(files);
  return damage && { code: damage.code, message: sentence(damage) };
}

/** The lists of checksums that these files have beside them. */
async function sumsOf(files: readonly string[]): Promise<readonly string[]> {
  const sums = new Set(files.flatMap(sumsBeside));
  const there = await Promise.all([...sums].map(async (list) => ((await statsOf(list)) ? [list] : [])));
  return there.flat();
}

/** The layers that the trainer finds in a model, with their shapes for the samples that it was made for. */
async function tfjsLayers(
  file: string,
  { layers }: ModelDescription,
  { isSized }: Sizing,
): Promise<Pick<FileFacts, "layers" | "weights" | "averages" | "hasHead" | "sizes"> | undefined> {
  const { readLayers } = await import("./engine/nets/modelJson.ts");
  const read = await readLayers(file);
  if ("problem" in read) return undefined;
  const { layers: specs, inputShape } = read.topology;
  const plan = inputShape && layerShapes(specs, inputShape);
  const named = layerNames(specs).flatMap((name, i): LayerFacts[] => {
    const planned = plan?.layers[i];
    const type = layers.find((layer) => layer.name === name)?.type ?? specs[i]?.type;
    const of = type === undefined ? {} : { type };
    const own = { name, ...of, ...(planned && { shape: planned.outputShape }) };
    return [own, ...(planned ? tapsBeside(planned).map((tap) => ({ ...tap, ...of })) : [])];
  });
  const hasHead = lastDense(specs) !== undefined;
  const known = plan?.problems.length === 0 ? weightNames(plan) : {};
  return { layers: named, hasHead, ...known, ...(isSized ? { sizes: { layers: specs } } : {}) };
}

async function layersProblem(file: string): Promise<FileProblem | undefined> {
  const { readModelJson } = await import("./engine/nets/modelJson.ts");
  const read = await readModelJson(file);
  if (!("problem" in read)) return undefined;
  const { problem } = read;
  return isProblem(problem) ? { code: problem.code, message: sentence(problem) } : problem;
}

/** What the trainer's own reader finds in a graph, but for its weights; of one that takes images of any size only its operators. */
async function graphFacts(file: string, sizing: Sizing): Promise<FileKnowledge> {
  const { describeGraph } = await import("./engine/nets/onnx/describeGraph.ts");
  const found = await describeGraph(file, sizing);
  if ("problem" in found) {
    const { problem } = found;
    return { problem: isProblem(problem) ? { code: problem.code, message: sentence(problem) } : problem };
  }
  return { facts: found };
}

/** Most names to suggest from; a folder of images may have a hundred thousand. */
const mostNames = 2000;

/** The first missing name of a path, and the names in that folder. */
async function nearbyOf(
  { path, kind }: Pick<FileReference, "path" | "kind">,
  baseDirectory: string,
): Promise<Nearby | undefined> {
  const parts = [...path.matchAll(/[^\\/]+/g)];
  for (const { 0: name, index: offset } of parts) {
    const isLast = offset + name.length === path.length;
    const fits = (isFolder: boolean) =>
      (isLast && kind === "cifar") || isFolder === (!isLast || namesFolder(kind));
    const folder = resolve(baseDirectory, path.slice(0, offset));
    const entries = await entriesOf(folder);
    if (entries === undefined) return undefined;
    if (name === "." || name === ".." || entries.some((entry) => entry.name === name)) continue;
    const names = entries
      .slice(0, mostNames)
      .filter((entry) => entry.isSymbolicLink() || fits(entry.isDirectory()))
      .map((entry) => entry.name);
    return { offset, length: name.length, names };
  }
  return undefined;
}

/** Models of the kind that a folder named in place of a model's file has. */
async function modelsIn(folder: string, { kind, at }: FileReference): Promise<readonly string[]> {
  const isEither = at.at(-1) === "model";
  const possible = modelNames.filter(
    (name) => isEither || name === (kind === "tfjs" ? "model.json" : kind === "onnx" ? "model.onnx" : ""),
  );
  const there = new Set((await entriesOf(folder))?.map(({ name }) => name));
  return possible.filter((name) => there.has(name));
}

function hintOf(
  { path: _, kind, node: __, at: ___, module: ____, net: _____, isSized: ______, ...query }: FileReference,
  baseDirectory: string,
): DescribeHint {
  const { images } = query;
  const root = images?.root === undefined ? undefined : resolve(baseDirectory, images.root);
  return { ...contentOf[kind], ...query, ...(root !== undefined && { images: { ...images, root } }) };
}

/** What a file of each kind has to hold. */
const contentOf: Readonly<Record<FileKind, Pick<DescribeHint, "format" | "labels">>> = {
  "idx-images": { format: "idx" },
  "idx-labels": { format: "idx", labels: true },
  "npy-features": { format: "npy" },
  "npy-labels": { format: "npy", labels: true },
  "npy-mask": { format: "npy" },
  npz: { format: "npz" },
  csv: { format: "csv" },
  jsonl: { format: "jsonl" },
  parquet: { format: "parquet" },
  tokenizer: { format: "tokenizer" },
  cifar: { format: "cifar" },
  "image-folder": { format: "imageFolder" },
  "image-table": { format: "imageTable" },
  "root-folder": { format: "folder" },
  "text-folder": { format: "textFolder" },
  "text-lines": { format: "lines" },
  "text-labels": { format: "lines", labels: true },
  onnx: { format: "onnx" },
  "onnx-student": { format: "onnx" },
  "model-folder": { format: "savedModel" },
  tfjs: { format: "tfjs" },
  weights: { format: "safetensors" },
  outputs: {},
  experiment: {}, // It is not there.
  run: {}, // Nor is it.
  module: {},
};
