import { padsOtherEdges } from "./edgePadding.ts";
import { printShape } from "./layers/layer.ts";
import type { PlannedLayer } from "./shapes.ts";
import {
  below,
  countBelow,
  fit,
  indexed,
  isSame,
  type Lack,
  modulesWith,
  nearest,
  type Taken,
  type TensorFacts,
  type TensorFile,
} from "./tensorFile.ts";
import { type WeightForm, type WeightSource, weightForms } from "./weightForms.ts";
import { matches } from "./weightPatterns.ts";

/** A student's parameters for weights from a file. */
export interface GivenNames {
  /** Of layers, or of weights of them: what the file calls them. */
  readonly weightNames?: Readonly<Record<string, string>> | undefined;
  /** Patterns of weights that are drawn. */
  readonly newWeights?: readonly string[] | undefined;
}

export interface WeightMatch {
  /** By our name, LAYER.WEIGHT; a weight that is drawn is not there. */
  readonly weights: ReadonlyMap<string, Taken>;
  /** The module of each layer, or the tensor of each weight, by our names: what `weightNames` would say. */
  readonly pairs: Readonly<Record<string, string>>;
  /** Layers that only the order of the names tells from others with weights of the same shapes. */
  readonly ordered: readonly string[];
  readonly problems: readonly WeightProblem[];
  /** Convolutions of PyTorch, which pad other edges there. */
  readonly shifted: readonly string[];
  /** Tensors that no layer takes. */
  readonly unused: readonly string[];
}

export interface WeightProblem {
  readonly code: "weights-missing" | "weights-shape" | "weights-unclear" | "weights-name";
  readonly message: string;
  /** The key of `weightNames` that is at fault. */
  readonly key?: string;
  /** Names that may have been meant in its place, or as its value. */
  readonly meant?: { readonly of: "key" | "value"; readonly names: readonly string[] };
  /** Which module each of the layers probably has. */
  readonly guess?: Readonly<Record<string, string>>;
}

/**
 * Finds the weights of layers among the tensors of a file: those that the person names first; then the module of each layer that
 * has its name, is the only one to fit by its shapes, or stands in the same place among as many as there are such layers.
 * @param layers in order
 */
export function matchWeights(
  layers: readonly PlannedLayer[],
  tensors: readonly TensorFacts[],
  given: GivenNames = {},
): WeightMatch {
  const file = indexed(tensors);
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const isNew = (name: string) => given.newWeights?.some((pattern) => matches(pattern, name)) ?? false;
  const wanted = layers.flatMap((layer): Wanted[] => {
    const names = Object.keys(layer.parameters).filter((name) => !isNew(`${layer.name}.${name}`));
    return names.length === 0 ? [] : [{ layer, names, forms: weightForms(layer, byName) }];
  });
  const found: Found = { weights: new Map(), pairs: {}, problems: [], taken: new Set() };
  const open = takeNamed(wanted, file, { given: given.weightNames ?? {}, layers: byName }, found);
  const ordered = takeFitting(open, file, found);
  const unused = tensors.flatMap(({ name }) => (found.taken.has(name) ? [] : [name]));
  const shifted = layers.flatMap((layer) =>
    found.weights
      .get(`${layer.name}.${kernelOf(layer)}`)
      ?.tensors.some((name) => /(^|\.)weight$/.test(name)) && padsOtherEdges(layer)
      ? [layer.name]
      : [],
  );
  return { ...found, ordered, shifted, unused };
}

const kernelOf = ({ parameters }: PlannedLayer): string =>
  "depthwiseKernel" in parameters ? "depthwiseKernel" : "kernel";

/** A layer whose weights are looked for: these of them, in one of these forms. */
interface Wanted {
  readonly layer: PlannedLayer;
  readonly names: readonly string[];
  readonly forms: readonly WeightForm[];
}

interface Found {
  readonly weights: Map<string, Taken>;
  readonly pairs: Record<string, string>;
  readonly problems: WeightProblem[];
  /** Tensors. */
  readonly taken: Set<string>;
}

function take({ layer, names }: Wanted, module: string, weights: ReadonlyMap<string, Taken>, found: Found) {
  if (names.length > 0) found.pairs[layer.name] = module;
  for (const [weight, taken] of weights) {
    found.weights.set(`${layer.name}.${weight}`, taken);
    for (const tensor of taken.tensors) found.taken.add(tensor);
  }
}

interface Naming {
  readonly given: Readonly<Record<string, string>>;
  readonly layers: ReadonlyMap<string, PlannedLayer>;
}

/** Takes what the person names. @returns the layers that are not named */
function takeNamed(
  wanted: readonly Wanted[],
  file: TensorFile,
  { given, layers }: Naming,
  found: Found,
): readonly Wanted[] {
  const known = new Map(wanted.flatMap((one) => one.names.map((name) => [`${one.layer.name}.${name}`, one])));
  const byLayer = new Map(wanted.map((one) => [one.layer.name, one]));
  const named = new Set<string>();
  for (const [key, name] of Object.entries(given)) {
    const whole = byLayer.get(key);
    const one = whole ?? known.get(key);
    if (one === undefined) {
      found.problems.push(unknownKey(key, [...byLayer.keys(), ...known.keys()], layers));
      continue;
    }
    named.add(one.layer.name);
    if (whole) takeModule(whole, { key, module: name }, file, found);
    else takeTensor(one, { key, tensor: name }, file, found);
  }
  const open = wanted.filter(({ layer }) => !named.has(layer.name));
  // Of a layer of which one weight is named, all are.
  for (const { layer, names } of wanted) {
    if (!named.has(layer.name) || given[layer.name] !== undefined) continue;
    const left = names.filter((name) => given[`${layer.name}.${name}`] === undefined);
    if (left.length > 0)
      found.problems.push({
        code: "weights-missing",
        message: `${left.map((name) => `${layer.name}.${name}`).join(" and ")} is not named, though other weights of ${layer.name} are.`,
      });
  }
  return open;
}

function unknownKey(
  key: string,
  names: readonly string[],
  layers: ReadonlyMap<string, PlannedLayer>,
): WeightProblem {
  const isBare = layers.has(key) || layers.has(key.slice(0, key.lastIndexOf(".")));
  return {
    code: "weights-name",
    message: isBare
      ? `"${key}" has no weights that are taken from the file.`
      : `The student has no layer and no weight "${key}".`,
    key,
    meant: { of: "key", names },
  };
}

function takeModule(
  wanted: Wanted,
  { key, module }: { readonly key: string; readonly module: string },
  file: TensorFile,
  found: Found,
): void {
  const [only, ...others] = wanted.names;
  if (only !== undefined && others.length === 0 && file.shapes.has(module)) {
    takeTensor(wanted, { key, tensor: module, weight: only }, file, found);
    return;
  }
  const { layer, names, forms } = wanted;
  const fits = forms.map((form) => fit(form, names, module, file));
  const whole = fits.find((one) => "weights" in one);
  const isThere = file.counts.has(module) || file.shapes.has(module) || module.includes("*");
  if (whole) take(wanted, module, whole.weights, found);
  else if (isThere) found.problems.push({ ...lackOf(layer, nearest(fits)), key });
  else
    found.problems.push({
      code: "weights-name",
      message: `The file has nothing below "${module}", which ${key} is to be taken from.`,
      key,
      meant: { of: "value", names: [...file.counts.keys(), ...file.shapes.keys()] },
    });
}

function lackOf({ name }: PlannedLayer, lacks: readonly Lack[]): WeightProblem {
  const wrong = lacks.find(({ found }) => found !== undefined);
  if (wrong?.found)
    return {
      code: "weights-shape",
      message: `${wrong.tensor} is ${printShape(wrong.found)}; ${name}.${wrong.weight} needs ${printShape(wrong.expected)}.`,
    };
  const [first] = lacks as readonly [Lack];
  return {
    code: "weights-missing",
    message: `The file has no ${first.tensor}, which ${name}.${first.weight} is made of.`,
  };
}

function takeTensor(
  { layer, names, forms }: Wanted,
  {
    key,
    tensor,
    weight = key.slice(layer.name.length + 1),
  }: { key: string; tensor: string; weight?: string },
  { shapes }: TensorFile,
  found: Found,
): void {
  const shape = shapes.get(tensor);
  if (shape === undefined) {
    found.problems.push({
      code: "weights-name",
      message: `The file has no tensor "${tensor}", which ${key} is to be taken from.`,
      key,
      meant: { of: "value", names: [...shapes.keys()] },
    });
    return;
  }
  const [own, ...torch] = forms.flatMap(({ sources }) => {
    const source = sources[weight];
    return source?.tensors.length === 1 ? [source] : [];
  });
  const isOwn = tensor.endsWith(`.${weight}`);
  const inOrder = isOwn ? [own, ...torch] : [...torch, own];
  const source = inOrder.find((one) => one && isSame(one.tensors[0]?.shape ?? [], shape));
  if (source === undefined) {
    const expected = (torch[0] ?? own)?.tensors[0]?.shape ?? [];
    const message = `${tensor} is ${printShape(shape)}; ${layer.name}.${weight} needs ${printShape(expected)}.`;
    found.problems.push({ code: "weights-shape", message, key });
    return;
  }
  if (names.length > 0) found.pairs[key] = tensor;
  found.weights.set(`${layer.name}.${weight}`, { tensors: [tensor], values: source.values });
  found.taken.add(tensor);
}

/** A layer and the modules that have its weights, all of them and nothing else. */
interface Open {
  readonly wanted: Wanted;
  readonly fits: Map<string, ReadonlyMap<string, Taken>>;
}

/** Takes what names, shapes and order tell. @returns the layers that only order told */
function takeFitting(open: readonly Wanted[], file: TensorFile, found: Found): readonly string[] {
  let left = open.map((wanted): Open => ({ wanted, fits: fitting(wanted, file, found.taken) }));
  const ordered: string[] = [];
  const settle = (pairs: readonly (readonly [Open, string])[]) => {
    for (const [{ wanted, fits }, module] of pairs)
      take(wanted, module, fits.get(module) as ReadonlyMap<string, Taken>, found);
    const settled = new Set(pairs.map(([one]) => one));
    const gone = new Set(pairs.map(([, module]) => module));
    left = left.filter((one) => !settled.has(one));
    for (const { fits } of left) for (const module of gone) fits.delete(module);
  };
  settle(left.flatMap((one) => (one.fits.has(one.wanted.layer.name) ? [[one, one.wanted.layer.name]] : [])));
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    for (const group of alike(left)) {
      const modules = [...(group[0] as Open).fits.keys()];
      if (modules.length !== group.length) continue;
      const inOrder = modules.length === 1 ? modules : numbered(modules);
      if (inOrder === undefined) continue;
      if (group.length > 1) ordered.push(...group.map(({ wanted }) => wanted.layer.name));
      settle(group.map((one, i) => [one, inOrder[i] as string]));
    }
  }
  for (const group of alike(left)) found.problems.push(unclear(group, file));
  return ordered;
}

/** Layers that the same modules fit, in order. */
function alike(open: readonly Open[]): readonly (readonly Open[])[] {
  const groups = new Map<string, Open[]>();
  for (const one of open) {
    const { wanted, fits } = one;
    // Each layer that nothing fits is reported.
    const key = fits.size === 0 ? wanted.layer.name : JSON.stringify([...fits.keys()]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function fitting(
  { layer, names, forms }: Wanted,
  file: TensorFile,
  taken: ReadonlySet<string>,
): Map<string, ReadonlyMap<string, Taken>> {
  const isWhole = names.length === Object.keys(layer.parameters).length;
  const fits = new Map<string, ReadonlyMap<string, Taken>>();
  for (const form of forms)
    for (const module of modulesWith(form.sources[names[0] as string] as WeightSource, file)) {
      if (fits.has(module)) continue;
      const found = fit(form, names, module, file);
      if (!("weights" in found)) continue;
      const tensors = new Set([...found.weights.values()].flatMap(({ tensors }) => tensors));
      const spare = (form.spare ?? []).filter((name) => file.shapes.has(below(module, name)));
      const isAll = !isWhole || tensors.size + spare.length === countBelow(module, file);
      if (isAll && ![...tensors].some((name) => taken.has(name))) fits.set(module, found.weights);
    }
  return fits;
}

/**
 * Names in the order of their numbers; undefined where two of them part at a word, of which nothing tells the order. A network whose
 * modules are numbered runs through them in this order, however deep below the numbers a module stands: features.0.1, features.1.conv.0.1.
 */
function numbered(names: readonly string[]): readonly string[] | undefined {
  const inOrder = names.toSorted(natural);
  const part = (name: string, next: string): boolean => {
    const [ours, theirs] = [name.split("."), next.split(".")];
    const at = ours.findIndex((segment, i) => segment !== theirs[i]);
    const plain = (segment = "") => segment.replace(/\d+/g, "#");
    return /\d/.test(ours[at] ?? "") && plain(ours[at]) === plain(theirs[at]);
  };
  return inOrder.every((name, i) => i === 0 || part(inOrder[i - 1] as string, name)) ? inOrder : undefined;
}

const natural = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

/** Why layers have no module: nothing fits, or more than one way does. */
function unclear(group: readonly Open[], file: TensorFile): WeightProblem {
  const [{ wanted, fits }] = group as readonly [Open];
  const { layer, names, forms } = wanted;
  if (fits.size === 0) {
    const atName = file.counts.has(layer.name)
      ? lackOf(layer, nearest(forms.map((form) => fit(form, names, layer.name, file))))
      : undefined;
    if (atName) return atName;
    const { sources } = forms.at(-1) as WeightForm;
    const needs = names.flatMap((name) => (sources[name] as WeightSource).tensors);
    const shapes = [
      ...new Set(needs.map(({ names: [name], shape }) => `${name || "a tensor"} ${printShape(shape)}`)),
    ];
    return {
      code: "weights-missing",
      message: `The file has no module that fits ${layer.name}: one with ${shapes.join(", ")} and nothing else.`,
    };
  }
  const layers = group.map(({ wanted }) => wanted.layer.name);
  const modules = [...fits.keys()].toSorted(natural);
  const guess = modules.length === layers.length;
  return {
    code: "weights-unclear",
    message: `${few(modules)} of the file fit ${few(layers)} alike, so which is whose is not known. Say it in \`weightNames\`.`,
    ...(guess ? { guess: Object.fromEntries(layers.map((name, i) => [name, modules[i] as string])) } : {}),
  };
}

/** The first few of a list, in words. */
const few = (names: readonly string[]): string =>
  names.length > 6
    ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`
    : names.length < 2
      ? names.join()
      : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/** What a match is worth telling of, though it can be trained with. */
export function matchRemarks({ ordered, shifted, unused }: WeightMatch): readonly {
  readonly code: "weights-order" | "weights-padding" | "weights-unused";
  readonly message: string;
}[] {
  return [
    ...(ordered.length === 0
      ? []
      : [
          {
            code: "weights-order" as const,
            message: `The weights of ${few(ordered)} were told apart by the numbers in the file's names alone. \`weightNames\` says whose is which.`,
          },
        ]),
    ...(shifted.length === 0
      ? []
      : [
          {
            code: "weights-padding" as const,
            message: `PyTorch pads all edges of the images of ${few(shifted)}, "same" only the right and lower ones where they are even: with these weights the student begins with other outputs than PyTorch's. A "zeroPadding2d" before a convolution of "padding": "valid" pads as PyTorch does.`,
          },
        ]),
    ...(unused.length === 0
      ? []
      : [
          {
            code: "weights-unused" as const,
            message: `No layer takes ${few(unused)} of the file.`,
          },
        ]),
  ];
}
