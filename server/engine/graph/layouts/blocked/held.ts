import type { Value } from "../../graph.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../../onnx/reshape.ts";
import { type Combination, evaluate, type ImageSize, ofImage } from "./combination.ts";
import { fill, filled, isFilled, unfill } from "./filled.ts";
import { type FilterShape, holdFilter, releaseFilter } from "./filter.ts";
import { BLOCK, fromBlocks, toBlocks } from "./nchwc.ts";

/** factor · image + constant */
export interface ScaledImage {
  readonly image: string;
  readonly factor?: string | undefined; // [C]
  readonly constant?: string | undefined; // [C]
}

/** a · b, element by element, which its sums need not have worked out. */
export interface Product {
  readonly kind: "product";
  readonly operands: readonly [ScaledImage, ScaledImage];
}

/** A value in the ONNX graph, in each of the forms that it has been computed in or brought to. */
interface Forms {
  /** As tfjs has it, row-major. */
  natural?: string;
  /** An image in blocks of channels. */
  blocked?: string;
  /** An image that is not worked out. */
  lazy?: Combination | Product;
  /** See filter.ts. */
  filter?: string;
}

/** The values that have been emitted so far. */
export class HeldValues {
  readonly #graph: OnnxGraph;
  readonly #uses: ReadonlyMap<Value, number>;
  readonly #averaged: ReadonlySet<Value>;
  readonly #forms = new Map<Value, Forms>();
  readonly #level = new Set<string>();

  /** @param uses how often each value is read  @param averaged those whose mean over batch and positions is taken */
  constructor(graph: OnnxGraph, uses: ReadonlyMap<Value, number>, averaged: ReadonlySet<Value>) {
    this.#graph = graph;
    this.#uses = uses;
    this.#averaged = averaged;
  }

  setNatural(value: Value, tensor: string): void {
    this.#forms.set(value, { natural: tensor });
  }

  setBlocked(value: Value, tensor: string): void {
    this.#forms.set(value, { blocked: tensor });
  }

  setFilter(value: Value, tensor: string): void {
    this.#forms.set(value, { filter: tensor });
  }

  /** A value with several readers keeps no pending convolution. */
  setLazy(value: Value, lazy: Combination | Product): void {
    const settled =
      lazy.kind === "combination" && !this.isReadOnce(value) ? this.#settled(lazy, value) : lazy;
    this.#forms.set(value, { lazy: settled });
  }

  isReadOnce(value: Value): boolean {
    return this.#uses.get(value) === 1;
  }

  /** Held in blocks of channels, worked out or not. */
  isImage(value: Value): boolean {
    const { blocked, lazy } = this.#of(value);
    return blocked !== undefined || lazy !== undefined;
  }

  isFilter(value: Value): boolean {
    return this.#of(value).filter !== undefined;
  }

  natural(value: Value): string {
    const forms = this.#of(value);
    forms.natural ??=
      forms.filter === undefined
        ? unblocked(this.#graph, value, this.blocked(value))
        : releaseFilter(this.#graph, forms.filter, value.shape as unknown as FilterShape);
    return forms.natural;
  }

  filter(value: Value): string {
    const forms = this.#of(value);
    forms.filter ??= holdFilter(this.#graph, this.natural(value), value.shape as unknown as FilterShape);
    return forms.filter;
  }

  blocked(value: Value): string {
    const forms = this.#of(value);
    if (forms.blocked === undefined) {
      if (forms.lazy?.kind === "combination")
        forms.blocked = evaluate(this.#graph, forms.lazy, sizeOfImage(value));
      else if (forms.lazy !== undefined) forms.blocked = this.#multiply(forms.lazy, value);
      else forms.blocked = inBlocks(this.#graph, value, forms.natural as string);
    }
    return forms.blocked;
  }

  /** The image as a sum: what it is made of, or itself if it has been worked out. */
  combination(value: Value): Combination {
    const { blocked, lazy } = this.#of(value);
    return blocked === undefined && lazy?.kind === "combination" ? lazy : ofImage(this.blocked(value));
  }

  product(value: Value): Product | undefined {
    const { lazy } = this.#of(value);
    return lazy?.kind === "product" ? lazy : undefined;
  }

  /** Whether an image's mean over batch and positions is small beside its deviation: see level.ts. */
  isLevel(image: string): boolean {
    return this.#level.has(image);
  }

  #of(value: Value): Forms {
    const forms = this.#forms.get(value);
    if (forms === undefined)
      throw new Error(`value ${value.id} [${value.shape}] is read before it is computed`);
    return forms;
  }

  #settled(lazy: Combination, value: Value): Combination {
    const size = sizeOfImage(value);
    const pending = lazy.terms.filter(({ image }) => typeof image !== "string");
    if (pending.length === 0) return lazy;
    return (this.#averaged.has(value) && this.#levelled(lazy)) || ofImage(evaluate(this.#graph, lazy, size));
  }

  /** A lone convolution with its expected mean taken off, and put back as a constant. */
  #levelled({ terms, constant }: Combination): Combination | undefined {
    const [{ image: convolution, factor } = { image: "" }, ...others] = terms;
    if (typeof convolution === "string" || factor !== undefined || others.length > 0) return undefined;
    const mean = convolution.expectedMean?.();
    const image = mean && convolution.emit({ constant: this.#graph.node("Neg", [mean]) });
    if (mean === undefined || image === undefined) return undefined;
    this.#level.add(image);
    return {
      ...ofImage(image),
      constant: constant === undefined ? mean : this.#graph.node("Add", [mean, constant]),
    };
  }

  #multiply({ operands: [a, b] }: Product, value: Value): string {
    const size = sizeOfImage(value);
    const factors = [a, b].flatMap(({ factor, constant }) => (constant === undefined ? (factor ?? []) : []));
    const workedOut = ({ image, factor, constant }: ScaledImage): string =>
      constant === undefined
        ? image
        : evaluate(this.#graph, { kind: "combination", terms: [{ image, factor }], constant }, size);
    const product = this.#graph.node("Mul", [workedOut(a), workedOut(b)]);
    if (factors.length === 0) return product;
    const terms = [{ image: product, factor: productOf(this.#graph, factors) }];
    return evaluate(this.#graph, { kind: "combination", terms }, size);
  }
}

/** Of vectors; 1, which is undefined, of none. */
export const productOf = (graph: OnnxGraph, vectors: readonly (string | undefined)[]): string | undefined =>
  vectors.reduce(
    (product, vector) =>
      product === undefined || vector === undefined
        ? (product ?? vector)
        : graph.node("Mul", [product, vector]),
    undefined,
  );

/** As it is held, its channels filled up. */
export function sizeOfImage({ shape }: Value): ImageSize {
  const [batch, height, width, channels] = shape as readonly [number, number, number, number];
  return { batch, height, width, channels: filled(channels) };
}

/** A filter whose outputs fill blocks is held in blocks in state, too. Another is brought there and back in every step. */
export const isFilterShape = (shape: readonly number[]): shape is FilterShape =>
  shape.length === 4 && (shape[3] as number) > 0 && isFilled(shape[3] as number);

/** [B, H, W, C] → [B, C, H, W] in blocks. The runtime's own nodes take floats alone, and fill up channels by fours. */
function inBlocks(graph: OnnxGraph, value: Value, tensor: string): string {
  const { batch, height, width, channels } = sizeOfImage(value);
  const isFloat = value.dtype === "float32";
  const all = isFloat && (value.shape[3] as number) % 4 === 0 ? tensor : fill(graph, tensor, value.shape);
  if (isFloat) return toBlocks(graph, all, { channelsLast: true });
  const stacked = reshape(graph, all, [batch, height * width, channels / BLOCK, BLOCK]);
  const turned = graph.node("Transpose", [stacked], { perm: [0, 2, 1, 3] });
  return reshape(graph, turned, [batch, channels, height, width]);
}

function unblocked(graph: OnnxGraph, value: Value, tensor: string): string {
  const { batch, height, width, channels } = sizeOfImage(value);
  if (value.dtype === "float32") return fromBlocks(graph, tensor, value.shape[3] as number);
  const stacked = reshape(graph, tensor, [batch, channels / BLOCK, height * width, BLOCK]);
  const turned = graph.node("Transpose", [stacked], { perm: [0, 2, 1, 3] });
  const all = reshape(graph, turned, [batch, height, width, channels]);
  return unfill(graph, all, value.shape);
}
