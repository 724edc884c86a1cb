import type { Shape } from "./layers/layer.ts";
import type { WeightForm, WeightSource } from "./weightForms.ts";
import { matches } from "./weightPatterns.ts";

/** A tensor of numbers with a fraction, as far as the header of its file says. */
export interface TensorFacts {
  readonly name: string;
  readonly shape: Shape;
}

/** What a weight is made of, by the names of the file. */
export interface Taken {
  readonly tensors: readonly string[];
  readonly values: WeightSource["values"];
}

export interface TensorFile {
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Tensors by the last part of their name. */
  readonly byEnd: ReadonlyMap<string, readonly string[]>;
  /** How many tensors are below each module. */
  readonly counts: ReadonlyMap<string, number>;
}

export function indexed(tensors: readonly TensorFacts[]): TensorFile {
  const byEnd = new Map<string, string[]>();
  const counts = new Map<string, number>([["", tensors.length]]);
  for (const { name } of tensors) {
    const end = name.slice(name.lastIndexOf(".") + 1);
    const same = byEnd.get(end);
    if (same) same.push(name);
    else byEnd.set(end, [name]);
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1))
      counts.set(name.slice(0, dot), (counts.get(name.slice(0, dot)) ?? 0) + 1);
  }
  return { shapes: new Map(tensors.map(({ name, shape }) => [name, shape])), byEnd, counts };
}

/** `rnn.weight_ih` of `rnn`, and `rnn.weight_ih_l1` of `rnn.*_l1`. */
export function below(module: string, name: string): string {
  if (name === "") return module;
  if (module.includes("*")) return module.replace("*", () => name);
  return module === "" ? name : `${module}.${name}`;
}

export type Fit = { readonly weights: ReadonlyMap<string, Taken> } | { readonly lacks: readonly Lack[] };

/** What a module does not have, or has in another shape. */
export interface Lack {
  readonly weight: string;
  readonly tensor: string;
  readonly expected: Shape;
  readonly found?: Shape;
}

/** Whether a module has all that a form of a layer needs. */
export function fit(
  { sources }: WeightForm,
  names: readonly string[],
  module: string,
  { shapes }: TensorFile,
): Fit {
  const lacks: Lack[] = [];
  const weights = new Map<string, Taken>();
  for (const weight of names) {
    const source = sources[weight] as WeightSource;
    const tensors = source.tensors.map(({ names, shape }) => {
      const known = names.map((name) => below(module, name)).filter((name) => shapes.has(name));
      const [name] = known;
      const found = name === undefined ? undefined : shapes.get(name);
      if (name !== undefined && found !== undefined && isSame(found, shape)) return name;
      const tensor = name ?? below(module, names[0] as string);
      lacks.push({ weight, tensor, expected: shape, ...(found && { found }) });
      return tensor;
    });
    weights.set(weight, { tensors, values: source.values });
  }
  return lacks.length > 0 ? { lacks } : { weights };
}

export const isSame = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i]);

/** The form that lacks least: of those that lack as much, one that has some in another shape. */
export function nearest(fits: readonly Fit[]): readonly Lack[] {
  const lacking = fits.flatMap((one) => ("lacks" in one ? [one.lacks] : []));
  const missing = (lacks: readonly Lack[]) => lacks.filter(({ found }) => found === undefined).length;
  return lacking.reduce((best, one) =>
    missing(one) < missing(best) || (missing(one) === missing(best) && one.length < best.length) ? one : best,
  );
}

export function countBelow(module: string, { counts, shapes }: TensorFile): number {
  if (!module.includes("*")) return (counts.get(module) ?? 0) + (shapes.has(module) && module !== "" ? 1 : 0);
  return [...shapes.keys()].filter((name) => matches(module, name)).length;
}

/** The modules that have a first tensor of a source. */
export function modulesWith(
  { tensors: [tensor] }: WeightSource,
  { byEnd, shapes }: TensorFile,
): readonly string[] {
  const { names = [], shape = [] } = tensor ?? {};
  const modules = names.flatMap((name) => {
    if (name === "") return [...shapes].flatMap(([name, has]) => (isSame(has, shape) ? [name] : []));
    const end = name.slice(name.lastIndexOf(".") + 1);
    const found = byEnd.get(end) ?? [];
    return found
      .filter((full) => full === name || full.endsWith(`.${name}`))
      .map((full) => full.slice(0, Math.max(0, full.length - name.length - 1)));
  });
  const recurrent = names.includes("weight_ih")
    ? modules.flatMap((module) => layersWithin(module, shapes))
    : [];
  return [...new Set([...modules, ...recurrent])];
}

/** The layers of a recurrent module that has several. */
function layersWithin(module: string, shapes: TensorFile["shapes"]): readonly string[] {
  const layers: string[] = [];
  while (shapes.has(below(module, `weight_ih_l${layers.length}`)))
    layers.push(below(module, `*_l${layers.length}`));
  return layers.length > 1 ? layers : [];
}
