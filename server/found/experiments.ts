import { join, relative, resolve } from "node:path";
import { openFile } from "../data/formats/bytes.ts";
import { sentence } from "../data/problem.ts";
import { isTrusted } from "../data/reading.ts";
import { knownDataOf } from "../dataKnowledge.ts";
import { knowledgeOf } from "../fileKnowledge.ts";
import { counted, grouped } from "../grouped.ts";
import { checkParsed } from "../language/check.ts";
import { modelOf } from "../language/model/model.ts";
import { shapeText } from "../language/numbers.ts";
import { parse } from "../language/parse.ts";
import { isMissing } from "../language/rules/missingFile.ts";
import type { StartingPoint } from "../protocol.ts";
import { mostTokens } from "../sampleFiles/wordTokenizer.ts";
import { printable } from "../terminal/printable.ts";
import { archives, imageFolders, pairedFiles, textFolders } from "./arrays.ts";
import { classesBelow } from "./classesBelow.ts";
import { someAreColoured } from "./colours.ts";
import { experimentText, isNormalized, type Part, trainedTeacher, type Written } from "./experimentText.ts";
import { type FilesBelow, filesBelow } from "./filesBelow.ts";
import type { Candidate, FoundSource } from "./foundSource.ts";
import { lackingPart } from "./lackingPart.ts";
import { tables, tablesInJson } from "./tables.ts";

/** Time for the search: a person waits for the list. */
const usualMs = 2000;
const mostModels = 4;
/** Networks whose headers are read to choose these. */
const mostRead = 16;
const mostOffers = 6;

/** What lies there and has no experiment in the list. */
export interface LeftOut {
  /** Of a file or folder, relative to where was looked. */
  readonly path: string;
  /** A part of a sentence. */
  readonly why: string;
}

interface FoundExperiments {
  readonly found: readonly StartingPoint[];
  readonly leftOut: readonly LeftOut[];
  /** Those of `leftOut` that could teach, and do so in no experiment that was found. */
  readonly networks: readonly LeftOut[];
}

/**
 * Experiments on the data and models that lie in a folder, each of which `check` accepts. Of a large or slow folder only what is
 * found in two seconds; of one that is not trusted nothing, and nothing of it is read.
 *
 * @param folder of the new experiment: its paths start there
 * @param root where to look, which contains the folder
 * @param mostMs time to look
 */
export async function experimentsOnFiles(
  folder: string,
  root = folder,
  mostMs = usualMs,
): Promise<FoundExperiments> {
  if (!isTrusted()) return { found: [], leftOut: [], networks: [] };
  const end = Date.now() + mostMs;
  const isOver = () => Date.now() > end;
  const below = await filesBelow(root, isOver);
  const at = (path: string) => relative(folder, join(root, path)).replaceAll("\\", "/") || ".";
  const models = await modelsOf(below, { at, folder });
  const found: StartingPoint[] = [];
  const leftOut: LeftOut[] = [];
  const idle: (readonly LeftOut[])[] = [];
  for (const { path, sources } of candidates(below, await tablesInJson(below))) {
    const why =
      found.length >= mostOffers
        ? `as ${mostOffers} others are in it`
        : isOver()
          ? `as the search took longer than ${mostMs / 1000} s`
          : undefined;
    if (why !== undefined) {
      leftOut.push({ path, why });
      continue;
    }
    const known = await sources();
    const {
      offers,
      wrong,
      idle: idleHere = [],
    } = "code" in known
      ? { offers: [], wrong: known.message }
      : await firstOffers(known, { at, folder, models });
    found.push(...offers);
    if (offers.length > 0) idle.push(idleHere);
    if (offers.length === 0) leftOut.push({ path, why: unfit(wrong) });
  }
  if (found.length === 0)
    leftOut.push(
      ...(await lackingPart(
        below,
        models.map(({ path }) => path),
      )),
    );
  const unfitted = (idle[0] ?? []).filter(({ path }) =>
    idle.every((idleHere) => idleHere.some((one) => one.path === path)),
  );
  const networks = [...leftOut.filter(({ path }) => foreignNetwork.test(path)), ...unfitted];
  return { found: found.slice(0, mostOffers), leftOut: [...leftOut, ...unfitted], networks };
}

/** What a file is comes first: the editor's list cuts the rest. */
const unfit = (wrong: string | undefined): string =>
  wrong?.startsWith("This is ")
    ? `as t${inSentence(wrong).slice(1)}`
    : `as no experiment on it ${passes(wrong)}`;

/** As a part of another sentence. */
const inSentence = (words: string): string => printable(words.replace(/\.$/, ""));

const passes = (wrong: string | undefined): string =>
  `passes \`distill check\`${wrong === undefined ? "" : `: ${inSentence(wrong)}`}`;

interface Offers {
  readonly offers: readonly StartingPoint[];
  /** Why there are none, in the words of `check`. */
  readonly wrong?: string | undefined;
  /** Networks that teach in none of them, with the reason. */
  readonly idle?: readonly LeftOut[];
}

/** Those on the likeliest label that there are some for. */
async function firstOffers(
  sources: readonly FoundSource[],
  where: Where & { readonly models: readonly FoundModel[] },
): Promise<Offers> {
  let wrong: string | undefined;
  for (const source of sources) {
    const found = await offersOn(source, where);
    if (found.offers.length > 0) return found;
    wrong ??= found.wrong;
  }
  return { offers: [], wrong };
}

const candidates = (below: FilesBelow, inJson: readonly string[]): Candidate[] => [
  ...[...imageFolders(below), ...textFolders(below), ...pairedFiles(below)].map((source) => ({
    path: pathOf(source),
    sources: async () => [source],
  })),
  ...tables(below, inJson),
  ...archives(below),
  ...foreignTables(below),
];

/** Data and networks of other programs, which `check` says how to convert. */
const foreign = /\.(xlsx?|feather|arrow|orc|mat|h5|hdf5|keras|tflite|pt|pth|pkl|pickle|joblib)$/i;
const foreignNetwork = /\.(h5|keras|tflite|pt|pth|joblib)$/i;
const mostForeign = 20;

const foreignTables = ({ root, files }: FilesBelow): Candidate[] =>
  files
    .filter((path) => foreign.test(path))
    .slice(0, mostForeign)
    .map((path) => ({
      path,
      sources: async () => {
        const opened = await openFile(join(root, path));
        if ("code" in opened) return opened;
        await opened.handle.close();
        return [];
      },
    }));

const pathOf = ({ file, splits }: FoundSource): string => file ?? splits.train;

const inWords = (found: FoundSource): string => (pathOf(found) === "." ? "this folder" : pathOf(found));

interface FoundModel {
  readonly path: string;
  readonly words: string;
  readonly teacher: Part;
  readonly parameters: number | undefined;
  /** It is an export of a student. */
  readonly isExport: boolean;
  /** Its input takes integers, such as tokens. */
  readonly isOfIntegers: boolean;
}

interface Where {
  readonly at: (path: string) => string;
  readonly folder: string;
}

/** Networks that could teach. */
async function modelsOf({ files }: FilesBelow, { at, folder }: Where): Promise<FoundModel[]> {
  const graph = /(^|\/)saved_model\.pb$/;
  const paths = files
    .filter((path) => /\.onnx$|(^|\/)model\.json$/i.test(path) || graph.test(path))
    .slice(0, mostRead)
    .map((path) => (graph.test(path) ? path.replace(graph, "") || "." : path));
  const found = await Promise.all(
    paths.map(async (path): Promise<FoundModel | undefined> => {
      const type = /\.onnx$/i.test(path) ? "onnx" : /\.json$/i.test(path) ? "tfjs" : "savedModel";
      const teacher = { type, path: at(path) };
      const facts = (await readModel({ teacher }, folder))?.teacher?.file?.knowledge?.facts;
      const [input] = facts?.inputs ?? [];
      const output = facts?.outputs?.find(({ name }) => name === facts.scores) ?? facts?.outputs?.[0];
      if (input === undefined || output === undefined) return undefined;
      const classes = output.shape.at(-1) ?? -1;
      const run = facts?.card?.run;
      const origin =
        run === undefined
          ? ""
          : `, a student (run ${printable(run)}) that may have learned from these samples`;
      return {
        path,
        teacher,
        parameters: facts?.parameters,
        isExport: run !== undefined,
        isOfIntegers: /^u?int/.test(input.dtype ?? ""),
        words: `${printable(path)}: ${classes > 0 ? `${counted(classes, "output")}, ` : ""}${shapeText(input.shape.slice(1))}${origin}`,
      };
    }),
  );
  return found
    .filter((model) => model !== undefined)
    .toSorted(byTeaching)
    .slice(0, mostModels);
}

/** The likelier teacher first: the larger network, and behind all others a student, or one that is called so. */
const byTeaching = (one: FoundModel, other: FoundModel): number =>
  Number(isStudent(one)) - Number(isStudent(other)) || (other.parameters ?? 0) - (one.parameters ?? 0);

const isStudent = ({ path, isExport }: FoundModel): boolean =>
  isExport || /student/i.test(path.split("/").at(-1) ?? "");

interface FoundSamples extends Written {
  readonly words: string;
  /** Its texts have no tokenizer yet. */
  readonly isIncomplete: boolean;
}

/** An experiment on samples with each teacher that fits them, and with one that is trained first where those are no networks but students. */
async function offersOn(
  found: FoundSource,
  { at, folder, models }: Where & { readonly models: readonly FoundModel[] },
): Promise<Offers> {
  const samples = await samplesOf(found, { at, folder });
  if (!("words" in samples)) return { offers: [], ...samples };
  const path = inWords(found);
  const name = nameOf(pathOf(found));
  const choice = [found.choice, found.leftColumns].filter((line) => line !== undefined).map(printable);
  const noted = choice.length === 0 ? {} : { note: choice.join(". ") };
  const offers: StartingPoint[] = [];
  const idle: LeftOut[] = [];
  const taught: FoundModel[] = [];
  for (const model of models) {
    const teacher = teacherOf(model, samples);
    const text = experimentText(samples, teacher, [samples.words, ...choice, model.words]);
    const label = printable(`Distil ${model.path} on ${path}`);
    const mistake = await mistakeIn(text, folder, { isSlow: found.isSized });
    if (mistake === undefined) {
      taught.push(model);
      offers.push({ label, description: `${samples.words}. ${model.words}`, text, name, ...noted });
    } else idle.push({ path: model.path, why: `as no experiment with it on ${path} ${passes(mistake)}` });
  }
  if (taught.some(({ isExport }) => !isExport)) return { offers, idle };
  const text = experimentText(samples, trainedTeacher(samples), [samples.words, ...choice]);
  const { isIncomplete } = samples;
  const also = isIncomplete ? "A tokenizer is made of its words, and a teacher" : "A teacher is";
  const offer = {
    label: printable(`Distil on ${path}`),
    description: `${samples.words}. ${also} trained first`,
    text,
    name,
    ...noted,
  };
  const wrong = await mistakeIn(text, folder, { isIncomplete, isSlow: found.isSized });
  // A student that was exported may have learned of these very samples what it would teach: it comes second.
  return {
    offers: [
      ...(wrong === undefined ? [{ ...offer, ...(isIncomplete && { isIncomplete }) }] : []),
      ...offers,
    ],
    wrong,
    idle,
  };
}

/** A network of integers sees samples as they stand in the file, also where the student's are normalised. */
const teacherOf = ({ teacher, isOfIntegers }: FoundModel, samples: FoundSamples): Part =>
  isOfIntegers && isNormalized(samples) ? { ...teacher, normalize: { scale: 1 } } : teacher;

/** Of an experiment: the file's own, without what says its split and format, else its folder's; in letters that every system takes. */
function nameOf(path: string): string {
  const [own = "", folder = ""] = path.split("/").reverse();
  const plain = (text: string) =>
    text
      .replace(/(\.[a-z0-9]+){1,2}$/i, "")
      .replace(/(?<![a-z0-9])(train|training|images|x|features|inputs|idx3|ubyte)(?![a-z0-9])/gi, "")
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "");
  return plain(own) || plain(folder) || "experiment";
}

/** What is known of samples that were found, from the headers of their files, or what keeps one from learning from them. */
async function samplesOf(
  found: FoundSource,
  { at, folder }: Where,
): Promise<FoundSamples | Pick<Offers, "wrong">> {
  const { splits, source, label, noun } = found;
  const written = ({ size, ...more }: HowTaken) =>
    Object.fromEntries(
      splitOrder.flatMap((split) => {
        const name = splits[split];
        const how = { at, isTest: split === "test", size };
        return name === undefined ? [] : [[split, { ...source(name, how), ...more }]];
      }),
    );
  const shown = (await readModel({ data: written({}) }, folder))?.data.train?.shape;
  const layout = noun === "sample" && isTurned(shown) ? { layout: "channelsFirst" } : {};
  const isGrey = found.isSized === true && shown?.at(-1) === 1;
  const { folder: images } = source(splits.train, { at, isTest: false });
  const isMixed = isGrey && typeof images === "string" && (await someAreColoured(resolve(folder, images)));
  const channels = isMixed ? { channels: 3 } : {};
  const data = written({ size: found.isSized ? commonSize(shown) : undefined, ...layout, ...channels });
  const train = (await readModel({ data }, folder))?.data.train;
  const { shape, files = [] } = train ?? {};
  const faulty = files.find(({ knowledge }) => knowledge?.problem)?.knowledge?.problem?.message;
  const first = train?.classes === undefined && !faulty ? await found.firstLabels?.() : undefined;
  if (first && "code" in first) return { wrong: sentence(first) };
  const { count, classes, task } = first ?? train ?? {};
  const isPart = first !== undefined && !first.areAll;
  const facts = files.map(({ knowledge }) => knowledge?.facts);
  const isIncomplete = files.some((file) => file.reference.kind === "tokenizer" && isMissing(file));
  const { vocabulary, padding = 0 } = isIncomplete
    ? { vocabulary: mostTokens }
    : (facts.find((known) => known?.vocabulary !== undefined) ?? {});
  // Into how many numbers a table's categories and dates are put is known once they are read.
  const isTable = noun === "row" && !found.isSized;
  const sample = shape ?? (isIncomplete || isTable ? [1] : undefined);
  if (sample === undefined || classes === undefined) return { wrong: faulty };
  const areSeveral = task === "multiLabel";
  const isRegression =
    task === "regression" || (!areSeveral && label !== undefined && areTooMany(classes, count));
  const isOfArrays = noun === "sample" && !isRegression && !areSeveral;
  const below = isOfArrays ? await classesBelow(data, folder) : 0;
  const [least, most] = found.labelRange ?? [below, below];
  const values = isRegression
    ? "is a number"
    : most - least > 1
      ? `is a whole number from ${grouped(least)} to ${grouped(most)}`
      : areSeveral
        ? `has ${counted(classes, "label")}, any number of them a row`
        : `has ${counted(classes, "value")}`;
  const ofArrays = isRegression
    ? `${counted(classes, "number")} each`
    : areSeveral
      ? `${counted(classes, "label")}, any number of them each`
      : `${grouped(classes - below)} classes${below > 0 ? ` from ${below} on` : ""}`;
  const what = label === undefined ? ofArrays : `column ${label} ${values}`;
  const many = count === undefined ? [] : [`${isPart ? "of the first " : ""}${counted(count, noun)}`];
  const left = (found.without ?? []).map((path) => `; ${path} has no such column`).join("");
  return {
    data,
    words: printable(`${inWords(found)}: ${[...many, what].join(", ")}${left}`),
    count: isPart ? 10_000 : (count ?? 10_000),
    shape: sample,
    isRegression,
    ...(!isRegression &&
      !areSeveral &&
      least >= 1 &&
      least <= mostBelow && { exclude: Array.from({ length: least }, (_, i) => i) }),
    isBytes: facts.some((known) => known?.dtype === "uint8"),
    isIncomplete,
    ...(vocabulary !== undefined && { tokens: { vocabulary, padding } }),
  };
}

/** What a source says of its samples beside what they are named by. */
interface HowTaken {
  readonly size?: Size | undefined;
  readonly layout?: string;
  readonly channels?: number;
}

/** More numbers below the least label are no grades that start at 1 or 3. */
const mostBelow = 20;

/** Classes as many as a table's whole numbers are where they measure something. */
const areTooMany = (classes: number, count = Number.POSITIVE_INFINITY): boolean =>
  classes > 20 && count < 3 * classes;

const splitOrder = ["train", "validation", "test"] as const;

type Size = readonly [height: number, width: number];

/** Of images that may have several sizes: their own where they are small, else one that a CPU trains on. */
function commonSize([height = 64, width = 64]: readonly number[] = []): Size {
  return Math.max(height, width) <= 64 ? [height, width] : [64, 64];
}

/** An image as PyTorch has them. */
const isTurned = ([first = 0, second = 0, third = 0, ...more]: readonly number[] = []): boolean =>
  more.length === 0 && [1, 3].includes(first) && second > 3 && third > 3;

/** What an experiment is, as far as the headers of its files say. */
async function readModel(experiment: unknown, folder: string) {
  const parsed = parse(JSON.stringify(experiment));
  return modelOf(parsed, await knowledgeOf(parsed, folder));
}

/**
 * What `check` would refuse an experiment for, first of all.
 * @param isIncomplete a tokenizer may be missing
 * @param isSlow images are not decoded while a person waits for the list: their headers have to do
 */
async function mistakeIn(
  text: string,
  folder: string,
  {
    isIncomplete = false,
    isSlow = false,
  }: { readonly isIncomplete?: boolean; readonly isSlow?: boolean | undefined },
): Promise<string | undefined> {
  const parsed = parse(text);
  const found = checkParsed(parsed, {
    knowledge: await knowledgeOf(parsed, folder),
    ...(!isSlow && { knownData: await knownDataOf(parsed, folder) }),
  });
  return found.find(
    ({ code, severity }) => severity === "error" && !(isIncomplete && code === "missing-file"),
  )?.message;
}
