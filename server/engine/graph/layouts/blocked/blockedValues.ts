import type { Operations } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { type FilterShape, fromBlockedFilter, toBlockedFilter } from "./blockedFilter.ts";
import { type Combination, evaluate, type ImageSize, isPending, ofImage, type Term } from "./combination.ts";
import { fill, filled, isFilled, unfill } from "./filledChannels.ts";
import { BLOCK, fromBlocks, toBlocks } from "./nchwc.ts";

/** factor · image + constant */
export interface ScaledImage {
  readonly image: Value;
  readonly factor?: Value | undefined; // [C]
  readonly constant?: Value | undefined; // [C]
}

/** a · b, element by element; sums over positions do not need it computed. */
export interface Product {
  readonly kind: "product";
  readonly operands: readonly [ScaledImage, ScaledImage];
}

/** The tensors of a value, in each layout that it has been computed in or converted to. */
interface Layouts {
  /** As tfjs has it, row-major. */
  natural?: Value;
  /** An image in blocks of channels. */
  blocked?: Value;
  /** An image whose sum is not computed yet. */
  lazy?: Combination | Product;
  /** See blockedFilter.ts. */
  filter?: Value;
}

/** The values that have been emitted so far. */
export class BlockedValues {
  readonly #ops: Operations;
  readonly #uses: ReadonlyMap<Value, number>;
  readonly #averaged: ReadonlySet<Value>;
  readonly #layouts = new Map<Value, Layouts>();
  readonly #level = new Set<Value>();

  /** @param uses how often each value is read  @param averaged those whose mean over batch and positions is taken */
  constructor(ops: Operations, uses: ReadonlyMap<Value, number>, averaged: ReadonlySet<Value>) {
    this.#ops = ops;
    this.#uses = uses;
    this.#averaged = averaged;
  }

  setNatural(value: Value, tensor: Value): void {
    this.#layouts.set(value, { natural: tensor });
  }

  setBlocked(value: Value, tensor: Value): void {
    this.#layouts.set(value, { blocked: tensor });
  }

  setFilter(value: Value, tensor: Value): void {
    this.#layouts.set(value, { filter: tensor });
  }

  /** A value with several readers keeps no pending convolution. */
  setLazy(value: Value, lazy: Combination | Product): void {
    const settled =
      lazy.kind === "combination" && !this.isReadOnce(value) ? this.#settled(lazy, value) : lazy;
    this.#layouts.set(value, { lazy: settled });
  }

  isReadOnce(value: Value): boolean {
    return this.#uses.get(value) === 1;
  }

  /** In blocks of channels, computed or deferred. */
  isImage(value: Value): boolean {
    const { blocked, lazy } = this.#of(value);
    return blocked !== undefined || lazy !== undefined;
  }

  isFilter(value: Value): boolean {
    return this.#of(value).filter !== undefined;
  }

  natural(value: Value): Value {
    const layouts = this.#of(value);
    layouts.natural ??=
      layouts.filter === undefined
        ? unblocked(this.#ops, value, this.blocked(value))
        : fromBlockedFilter(this.#ops, layouts.filter, value.shape as unknown as FilterShape);
    return layouts.natural;
  }

  filter(value: Value): Value {
    const layouts = this.#of(value);
    layouts.filter ??= toBlockedFilter(this.#ops, this.natural(value), value.shape as unknown as FilterShape);
    return layouts.filter;
  }

  blocked(value: Value): Value {
    const layouts = this.#of(value);
    if (layouts.blocked === undefined) {
      if (layouts.lazy?.kind === "combination")
        layouts.blocked = evaluate(this.#ops, layouts.lazy, sizeOfImage(value));
      else if (layouts.lazy !== undefined) layouts.blocked = this.#multiply(layouts.lazy, value);
      else layouts.blocked = inBlocks(this.#ops, value, layouts.natural as Value);
    }
    return layouts.blocked;
  }

  /** The image as a sum: its terms, or itself once it is computed. */
  combination(value: Value): Combination {
    const { blocked, lazy } = this.#of(value);
    return blocked === undefined && lazy?.kind === "combination" ? lazy : ofImage(this.blocked(value));
  }

  product(value: Value): Product | undefined {
    const { lazy } = this.#of(value);
    return lazy?.kind === "product" ? lazy : undefined;
  }

  /** Whether an image's mean over batch and positions is small beside its standard deviation: see level.ts. */
  isLevel(image: Value): boolean {
    return this.#level.has(image);
  }

  #of(value: Value): Layouts {
    const layouts = this.#layouts.get(value);
    if (layouts === undefined)
      throw new Error(`value ${value.id} [${value.shape}] is read before it is computed`);
    return layouts;
  }

  #settled(lazy: Combination, value: Value): Combination {
    const size = sizeOfImage(value);
    const pending = lazy.terms.filter(({ image }) => isPending(image));
    if (pending.length === 0) return lazy;
    return (this.#averaged.has(value) && this.#levelled(lazy)) || ofImage(evaluate(this.#ops, lazy, size));
  }

  /** A lone convolution with its expected mean taken off, and put back as a constant. */
  #levelled({ terms, constant }: Combination): Combination | undefined {
    const [{ image: convolution, factor } = {}, ...others] = terms as readonly Partial<Term>[];
    if (convolution === undefined || !isPending(convolution) || factor !== undefined || others.length > 0)
      return undefined;
    const mean = convolution.expectedMean?.();
    const image = mean && convolution.emit({ constant: this.#ops.neg(mean) });
    if (mean === undefined || image === undefined) return undefined;
    this.#level.add(image);
    return {
      ...ofImage(image),
      constant: constant === undefined ? mean : this.#ops.add(mean, constant),
    };
  }

  #multiply({ operands: [a, b] }: Product, value: Value): Value {
    const size = sizeOfImage(value);
    const factors = [a, b].flatMap(({ factor, constant }) => (constant === undefined ? (factor ?? []) : []));
    const workedOut = ({ image, factor, constant }: ScaledImage): Value =>
      constant === undefined
        ? image
        : evaluate(this.#ops, { kind: "combination", terms: [{ image, factor }], constant }, size);
    const product = this.#ops.mul(workedOut(a), workedOut(b));
    if (factors.length === 0) return product;
    const terms = [{ image: product, factor: productOf(this.#ops, factors) }];
    return evaluate(this.#ops, { kind: "combination", terms }, size);
  }
}

/** Of vectors; 1, which is undefined, of none. */
export const productOf = (ops: Operations, vectors: readonly (Value | undefined)[]): Value | undefined =>
  vectors.reduce(
    (product, vector) =>
      product === undefined || vector === undefined ? (product ?? vector) : ops.mul(product, vector),
    undefined,
  );

/** As it lies, its channels filled up. */
export function sizeOfImage({ shape }: Value): ImageSize {
  const [batch, height, width, channels] = shape as readonly [number, number, number, number];
  return { batch, height, width, channels: filled(channels) };
}

/** State keeps a filter in blocks where its outputs fill them. Any other filter is converted there and back in every step. */
export const isFilterShape = (shape: readonly number[]): shape is FilterShape =>
  shape.length === 4 && (shape[3] as number) > 0 && isFilled(shape[3] as number);

/** [B, H, W, C] → [B, C, H, W] in blocks. The runtime's own nodes take floats only, and pad channels to a multiple of four. */
function inBlocks(ops: Operations, value: Value, tensor: Value): Value {
  const { batch, height, width, channels } = sizeOfImage(value);
  const isFloat = value.dtype === "float32";
  const all = isFloat && (value.shape[3] as number) % 4 === 0 ? tensor : fill(ops, tensor, value.shape);
  if (isFloat) return toBlocks(ops, all, { channelsLast: true });
  const stacked = ops.reshape(all, [batch, height * width, channels / BLOCK, BLOCK]);
  const turned = ops.transpose(stacked, [0, 2, 1, 3]);
  return ops.reshape(turned, [batch, channels, height, width]);
}

function unblocked(ops: Operations, value: Value, tensor: Value): Value {
  const { batch, height, width, channels } = sizeOfImage(value);
  if (value.dtype === "float32") return fromBlocks(ops, tensor, value.shape[3] as number);
  const stacked = ops.reshape(tensor, [batch, channels / BLOCK, height * width, BLOCK]);
  const turned = ops.transpose(stacked, [0, 2, 1, 3]);
  const all = ops.reshape(turned, [batch, height, width, channels]);
  return unfill(ops, all, value.shape);
}
