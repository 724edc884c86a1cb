/** The part of WebAssembly's binary format (core specification 2.0 with threads) that compiled updates and normalisation need. */
export type Code = readonly number[];

/** A function that takes one i32 and gives nothing. */
export interface WasmFunction {
  readonly name: string;
  /** Beside the parameter, which is local 0; the i32 ones come first. */
  readonly locals: { readonly i32: number; readonly v128: number };
  readonly body: Code;
}

const valueType = { i32: 0x7f, v128: 0x7b } as const;
const section = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

/** Of 64 KiB. */
const mostPages = 65536;

/** A module of these functions on an imported memory of any size, `memory.shared` or `memory.own`. */
export function wasmModule(
  functions: readonly WasmFunction[],
  memory: "shared" | "own" = "shared",
): Uint8Array<ArrayBuffer> {
  const limits = memory === "shared" ? 0x03 : 0x01; // both with a maximum
  const imported = [...text("memory"), ...text(memory), 0x02, limits, ...unsigned(1), ...unsigned(mostPages)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...inSection(section.type, [[0x60, 1, valueType.i32, 0]]),
    ...inSection(section.import, [imported]),
    ...inSection(
      section.function,
      functions.map(() => [0]),
    ),
    ...inSection(
      section.export,
      functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]),
    ),
    ...inSection(section.code, functions.map(encoded)),
  ]);
}

function encoded({ locals, body }: WasmFunction): Code {
  const declared = list([
    [...unsigned(locals.i32), valueType.i32],
    [...unsigned(locals.v128), valueType.v128],
  ]);
  const code = [...declared, ...body, 0x0b];
  return [...unsigned(code.length), ...code];
}

function inSection(id: number, items: readonly Code[]): Code {
  const content = list(items);
  return [id, ...unsigned(content.length), ...content];
}

const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];

function text(value: string): Code {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

function signed(value: number): Code {
  const bytes: number[] = [];
  let rest = value | 0;
  while (rest < -64 || rest > 63) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  return [...bytes, rest & 0x7f];
}

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const at = (alignment: number, offset: number): Code => [alignment, ...unsigned(offset)];

export const local = {
  get: (index: number): Code => [0x20, ...unsigned(index)],
  set: (index: number): Code => [0x21, ...unsigned(index)],
};

export const i32 = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  load: (offset: number): Code => [0x28, ...at(2, offset)],
  add: [0x6a] as Code,
  lessUnsigned: [0x49] as Code,
};

export const f32 = {
  add: [0x92] as Code,
  store: (offset: number): Code => [0x38, ...at(2, offset)],
};

/** `body`, then again while what it leaves on the stack is not 0. */
export const repeat = (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0, 0x0b];

/** Four float32 lanes. */
export const lanes = {
  load: [...simd(0x00), ...at(4, 0)] as Code,
  loadAt: (offset: number): Code => [...simd(0x00), ...at(4, offset)],
  /** One float32 in every lane. */
  loadSplat: [...simd(0x09), ...at(2, 0)] as Code,
  store: [...simd(0x0b), ...at(4, 0)] as Code,
  storeAt: (offset: number): Code => [...simd(0x0b), ...at(4, offset)],
  /** The first lane. */
  storeFirst: [...simd(0x5a), ...at(2, 0), 0] as Code,
  constant: (value: number): Code => lanes.constants([value, value, value, value]),
  constants: (values: readonly number[]): Code => [
    ...simd(0x0c),
    ...new Uint8Array(Float32Array.from(values).buffer),
  ],
  /** Four of sixteen bytes, as numbers. @param quarter which of them: 0 to 3 */
  fromBytes: (quarter: number): Code => [
    ...simd(quarter < 2 ? 0x89 : 0x8a), // eight of them, as i16
    ...simd(quarter % 2 === 0 ? 0xa9 : 0xaa), // four of those, as i32
    ...simd(0xfa),
  ],
  extract: (lane: number): Code => [...simd(0x1f), lane],
  differs: simd(0x42),
  less: simd(0x43),
  greater: simd(0x44),
  and: simd(0x4e),
  or: simd(0x50),
  abs: simd(0xe0),
  neg: simd(0xe1),
  sqrt: simd(0xe3),
  add: simd(0xe4),
  sub: simd(0xe5),
  mul: simd(0xe6),
  div: simd(0xe7),
  min: simd(0xe8),
  max: simd(0xe9),
};
