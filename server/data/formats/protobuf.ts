import { readSync } from "node:fs";

/** A field of a message: its number, and either a number (varint, fixed) or the place of its bytes. */
export interface Field {
  readonly number: number;
  /** Varints as unsigned; those above 2⁵³, which negative numbers are too, as −1. Fixed fields are not decoded: 0. */
  readonly value: number;
  /** Of a length-delimited field, else empty. */
  readonly start: number;
  readonly end: number;
}

/** Bytes that are no protocol buffer; `offset` is where that showed. */
export class MalformedMessage extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Large enough for a few hundred nodes, small enough to skip a thousand payloads in milliseconds. */
const windowSize = 2 ** 14;

/**
 * Reads the structure of a protocol buffer (protobuf.dev, "Encoding") without its payloads: a message of gigabytes whose fields are
 * skipped costs a few small reads. Decoders that take the message as one array cannot do this.
 */
export class MessageFile {
  readonly #fd: number;
  readonly #size: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
  }

  /** The fields of the message at [start, end), by default the whole file. */
  *fields(start = 0, end = this.#size): Generator<Field> {
    let at = start;
    const varint = (): number => {
      let value = 0;
      for (let shift = 0; shift < 10; shift++) {
        if (at >= end) throw new MalformedMessage("The message ends within a number.", at);
        const byte = this.#byte(at++);
        value += (byte & 0x7f) * 2 ** (7 * shift);
        if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? value : -1;
      }
      throw new MalformedMessage("A number has more than ten bytes.", at);
    };
    while (at < end) {
      const fieldStart = at;
      const tag = varint();
      const number = Math.floor(tag / 8);
      const wire = tag % 8;
      if (number < 1 || number > 2 ** 29) throw new MalformedMessage("There is no such field.", fieldStart);
      if (wire === 0) {
        yield { number, value: varint(), start: at, end: at };
      } else if (wire === 1 || wire === 5) {
        at += wire === 1 ? 8 : 4;
        if (at > end) throw new MalformedMessage("The message ends within a field.", end);
        yield { number, value: 0, start: at, end: at };
      } else if (wire === 2) {
        const length = varint();
        if (length < 0 || at + length > end) {
          throw new MalformedMessage(`A field of ${length} bytes reaches beyond its message.`, fieldStart);
        }
        yield { number, value: 0, start: at, end: at + length };
        at += length;
      } else {
        throw new MalformedMessage("There is no such kind of field.", fieldStart);
      }
    }
  }

  /** A length-delimited field as text, cut to `limit` bytes. */
  text({ start, end }: Field, limit = 1024): string {
    const bytes = new Uint8Array(Math.min(end - start, limit));
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.#byte(start + i);
    return new TextDecoder().decode(bytes);
  }

  /** A length-delimited field as it stands. */
  bytes({ start, end }: Field): Uint8Array {
    const bytes = new Uint8Array(end - start);
    const count = readSync(this.#fd, bytes, 0, bytes.length, start);
    if (count < bytes.length) throw new MalformedMessage("The file ends too early.", start + count);
    return bytes;
  }

  /** A repeated number: packed into one field, or one of several fields. */
  numbers(field: Field): number[] {
    if (field.start === field.end) return [field.value];
    const values: number[] = [];
    let [value, scale] = [0, 1];
    for (let at = field.start; at < field.end; at++) {
      const byte = this.#byte(at);
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte >= 0x80) continue;
      values.push(value <= Number.MAX_SAFE_INTEGER ? value : -1);
      [value, scale] = [0, 1];
    }
    return values;
  }

  /** Bytes that are little-endian integers of 64 bits, the first few of them; those above 2⁵³ and negative ones as −1. */
  integers({ start, end }: Field, limit = 16): number[] {
    const count = Math.min(limit, Math.floor((end - start) / 8));
    return Array.from({ length: count }, (_, i) => {
      let value = 0;
      for (let k = 7; k >= 0; k--) value = value * 256 + this.#byte(start + 8 * i + k);
      return value <= Number.MAX_SAFE_INTEGER ? value : -1;
    });
  }

  #byte(position: number): number {
    const offset = position - this.#windowStart;
    const byte = offset >= 0 ? this.#window[offset] : undefined;
    if (byte !== undefined) return byte;
    const window = new Uint8Array(windowSize);
    const count = readSync(this.#fd, window, 0, windowSize, position);
    if (count === 0) throw new MalformedMessage("The file ends too early.", position);
    this.#window = window.subarray(0, count);
    this.#windowStart = position;
    return this.#window[0] as number;
  }
}
