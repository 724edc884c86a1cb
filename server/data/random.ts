/**
 * Random numbers without hidden state: what comes out depends on the key alone, so that a resumed run draws the same
 * numbers as an uninterrupted one.
 *
 * A key (seed, step, use) becomes one block of Philox-4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as
 * 1, 2, 3", SC 2011). The block seeds xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", 2018), which gives the bulk: Philox costs JavaScript a dozen multiplications a word, where a dropout mask
 * of 128 × 1000 has to take well under a millisecond.
 */
export interface RandomKey {
  /** Integer; only the low 64 bits count. */
  readonly seed: number;
  readonly step: number;
  /** What the numbers are for, such as "dropout.dense_1": different uses draw independent numbers. */
  readonly use: string;
}

/** Gives a uint32 a call. */
export type Generator = () => number;

/** One generator for each (key, item); `item` is for draws of one sample, whatever its place in a batch. */
export function generator(key: RandomKey, item = 0): Generator {
  return xoshiro128(seedState(key, item));
}

/** xoshiro128** from a state that is not all zeros. */
export function xoshiro128(seed: Words): Generator {
  // In variables of the closure, words above 2³⁰ would be boxed at each call.
  const state = Int32Array.from(seed);
  return () => {
    const b = state[1] as number;
    const c = (state[2] as number) ^ (state[0] as number);
    const d = (state[3] as number) ^ b;
    state[0] = (state[0] as number) ^ d;
    state[1] = b ^ c;
    state[2] = c ^ (b << 9);
    state[3] = rotate(d, 11);
    return Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
  };
}

/** Fills `out` with multiples of 2⁻²⁴ in [0, 1), each exact in float32. */
export function fillUniform(out: Float32Array, key: RandomKey): void {
  // The body of xoshiro128 again, because a call for each number would double the time.
  let [a, b, c, d] = seedState(key, 0);
  for (let i = 0; i < out.length; i++) {
    out[i] = (Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 8) * 2 ** -24;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
  }
}

/** Fills `out` with standard normal numbers. */
export function fillNormal(out: Float32Array, key: RandomKey): void {
  const normal = normals(generator(key));
  for (let i = 0; i < out.length; i++) out[i] = normal();
}

/**
 * Standard normal numbers by the ziggurat (Marsaglia and Tsang 2000, as revised by Doornik 2005): layers of equal area
 * are stacked under the bell curve, and a point in a random layer is nearly always under it, which costs no logarithm.
 */
export function normals(next: Generator): () => number {
  return () => {
    for (;;) {
      // One word gives both, the layer from its low bits and a place in (−1, 1) from the upper 24.
      const word = next();
      const layer = word & (layers - 1);
      const place = ((word >>> 8) + 0.5) * 2 ** -23 - 1;
      const x = place * (edges[layer] as number);
      if (Math.abs(x) < (edges[layer + 1] as number)) return x;
      if (layer === 0) return tail(next, Math.sign(place));
      const [low, high] = [bell(edges[layer] as number), bell(edges[layer + 1] as number)];
      if (low + uniform(next) * (high - low) < bell(x)) return x;
    }
  };
}

/** A normal number beyond the last edge (Marsaglia 1964). */
function tail(next: Generator, sign: number): number {
  for (;;) {
    const x = -Math.log(1 - uniform(next)) / lastEdge;
    if (-2 * Math.log(1 - uniform(next)) >= x * x) return sign * (lastEdge + x);
  }
}

const layers = 128;
/** Where the layer below the tail ends, and the area of each layer, for 128 of them. */
const lastEdge = 3.442619855899;
const layerArea = 9.91256303526217e-3;

/** Right ends of the layers from the lowest up; the lowest is as wide as a rectangle with the tail's area in it. */
const edges = new Float64Array(layers + 1);
edges[0] = layerArea / bell(lastEdge);
edges[1] = lastEdge;
for (let i = 2; i < layers; i++) {
  const below = edges[i - 1] as number;
  edges[i] = Math.sqrt(-2 * Math.log(layerArea / below + bell(below)));
}

function bell(x: number): number {
  return Math.exp(-0.5 * x * x);
}

/** A float64 in [0, 1) with 32 random bits. */
export function uniform(next: Generator): number {
  return next() * 2 ** -32;
}

/** An integer in [0, bound), bound ≤ 2³¹. The bias of at most bound / 2³² is far below what a data set can show. */
export function below(bound: number, next: Generator): number {
  return Math.floor(uniform(next) * bound);
}

/** The numbers 0 … count − 1 in random order (Fisher and Yates). */
export function permutation(count: number, key: RandomKey): Int32Array {
  return shuffle(
    Int32Array.from({ length: count }, (_, i) => i),
    generator(key),
  );
}

/** Shuffles in place and gives the same array. */
export function shuffle(values: Int32Array, next: Generator): Int32Array {
  for (let i = values.length - 1; i > 0; i--) {
    const j = below(i + 1, next);
    const swapped = values[i] as number;
    values[i] = values[j] as number;
    values[j] = swapped;
  }
  return values;
}

type Words = readonly [number, number, number, number];

function seedState({ seed, step, use }: RandomKey, item: number): Words {
  const high = Math.floor(seed / 2 ** 32);
  const [a, b, c, d] = philox([step, item, fnv1a(use), 0], [seed, high]);
  // All zeros is the one state that xoshiro never leaves.
  return (a | b | c | d) === 0 ? [1, 0, 0, 0] : [a, b, c, d];
}

/** Philox-4x32-10: ten rounds over a counter of four words with a key of two. Words are taken modulo 2³². */
export function philox(counter: Words, key: readonly [number, number]): Words {
  let [x0, x1, x2, x3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, x0);
    const low0 = Math.imul(0xd2511f53, x0);
    const high1 = multiplyHigh(0xcd9e8d57, x2);
    const low1 = Math.imul(0xcd9e8d57, x2);
    x0 = high1 ^ x1 ^ k0;
    x1 = low1;
    x2 = high0 ^ x3 ^ k1;
    x3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0; // the golden ratio
    k1 = (k1 + 0xbb67ae85) | 0; // √3 − 1
  }
  return [x0 >>> 0, x1 >>> 0, x2 >>> 0, x3 >>> 0];
}

/** The upper word of a 32 × 32 bit product, from 16-bit halves whose products do not overflow a uint32. */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const cross = (Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff);
  return (Math.imul(aHigh, bHigh) + Math.floor(middle / 65536) + Math.floor(cross / 65536)) | 0;
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** FNV-1a over UTF-16 units: names of uses become words. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
