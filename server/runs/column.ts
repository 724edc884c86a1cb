/**
 * Numbers that are appended one by one. They are kept as 32-bit floats, which engines give, until a value needs more: half the
 * memory for most series, without loss.
 */
export class Column {
  #values: Float32Array | Float64Array = new Float32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#values = copy(this.#values, 2 * this.#length);
    this.#widenFor(value);
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** Replaces a value. */
  set(index: number, value: number): void {
    this.#widenFor(value);
    this.#values[index] = value;
  }

  /** Of memory. */
  get bytes(): number {
    return this.#values.byteLength;
  }

  at(index: number): number {
    return index < this.#length ? (this.#values[index] ?? Number.NaN) : Number.NaN;
  }

  /** Drops the values from `length` on. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  /** The filled part, not a copy; valid until the next push. */
  values(): Float32Array | Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  #widenFor(value: number): void {
    if (this.#values instanceof Float32Array && Math.fround(value) !== value && !Number.isNaN(value))
      this.#values = Float64Array.from(this.#values);
  }

  /** The first index whose value is not less than `value`, in an ascending column. */
  firstNotLess(value: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function copy(values: Float32Array | Float64Array, length: number): Float32Array | Float64Array {
  const larger = values instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  larger.set(values);
  return larger;
}
