import type { DataProblem } from "../problem.ts";
import type { ArrayHeader } from "./array.ts";
import type { ByteSource } from "./bytes.ts";
import { type ElementKind, type ElementType, readExactly } from "./elements.ts";

/** NumPy itself refuses longer headers, because what stands in them is parsed as Python. */
const longestHeader = 10_000;

const kinds: Readonly<Record<string, ElementKind>> = {
  b1: "bool",
  u1: "uint8",
  i1: "int8",
  u2: "uint16",
  i2: "int16",
  u4: "uint32",
  i4: "int32",
  u8: "uint64",
  i8: "int64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
};

/** Reads the header of an .npy file, versions 1 to 3 (NumPy, "numpy.lib.format"). */
export async function readNpyHeader(source: ByteSource): Promise<ArrayHeader | DataProblem> {
  const { file } = source;
  const magic = new Uint8Array(8);
  const problem = await readExactly(source, magic, 0);
  if (problem) return problem;
  if (String.fromCharCode(...magic.subarray(0, 6)) !== "\x93NUMPY") {
    return {
      code: "wrong-magic",
      message: "This is not an .npy file.",
      file,
      offset: 0,
      expected: "93 4e 55 4d 50 59",
      found: Array.from(magic.subarray(0, 6), (byte) => byte.toString(16).padStart(2, "0")).join(" "),
    };
  }
  const version = magic[6] as number;
  if (version < 1 || version > 3) {
    return badHeader(file, 6, "version 1, 2 or 3", `version ${version}`);
  }
  const lengthBytes = version === 1 ? 2 : 4;
  const length = await readLength(source, lengthBytes);
  if (typeof length === "object") return length;
  if (length > longestHeader) {
    return badHeader(file, 8, `a header of at most ${longestHeader} bytes`, `${length} bytes`);
  }
  const text = new Uint8Array(length);
  const textProblem = await readExactly(source, text, 8 + lengthBytes);
  if (textProblem) return textProblem;
  const header = parseHeader(file, 8 + lengthBytes, new TextDecoder().decode(text));
  return "code" in header ? header : { ...header, dataOffset: 8 + lengthBytes + length };
}

async function readLength(source: ByteSource, bytes: 2 | 4): Promise<number | DataProblem> {
  const length = new Uint8Array(4);
  const problem = await readExactly(source, length.subarray(0, bytes), 8);
  return problem ?? new DataView(length.buffer).getUint32(0, true);
}

/** The header is a Python dictionary: `{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 28, 28), }`. */
function parseHeader(
  file: string,
  offset: number,
  text: string,
): Omit<ArrayHeader, "dataOffset"> | DataProblem {
  const descr = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|(\[))/.exec(text);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (!descr || !order || !shape) {
    return badHeader(
      file,
      offset,
      "descr, fortran_order and shape",
      JSON.stringify(text.trim().slice(0, 80)),
    );
  }
  const type = descr[1] === undefined ? undefined : elementType(descr[1]);
  if (type === undefined) {
    const found = descr[1] ?? "a structured type";
    return {
      code: "unsupported-dtype",
      message:
        descr[1] === undefined ? ofFields : `The element type ${found} is not supported.${aboutType(found)}`,
      file,
      offset,
      expected: "bool, (u)int8 to (u)int64 or float16 to float64",
      found,
    };
  }
  const axes = (shape[1] as string)
    .split(",")
    .flatMap((axis) => (axis.trim() === "" ? [] : [Number.parseInt(axis, 10)]));
  return { type, shape: axes, columnMajor: order[1] === "True" };
}

const ofFields =
  'Its elements are records of several fields, which are not supported. Make an array of each: numpy.savez("train.npz", **{name: a[name] for name in a.dtype.names}).';

function aboutType(descr: string): string {
  if (/O$/.test(descr))
    return " Python objects are mostly arrays of different lengths: sequences have to be cut or padded to one length, with numpy.stack.";
  if (/c\d+$/.test(descr))
    return " Of complex numbers make two features: numpy.stack([x.real, x.imag], axis=-1).";
  if (/[Mm]8/.test(descr))
    return ' Of times make numbers: x.astype("datetime64[s]").astype("int64"), or name them in a table.';
  if (/U\d*$|S\d*$/.test(descr))
    return " Text has to be numbers first: classes, names = numpy.unique(labels, return_inverse=True)[::-1].";
  if (/f16$/.test(descr)) return ' Of such numbers make float64: x.astype("float64").';
  return "";
}

/** "<f4", ">i8", "|u1", "=f8": byte order, kind, bytes. */
function elementType(descr: string): ElementType | undefined {
  const code = descr.slice(1);
  const kind = Object.hasOwn(kinds, code) ? kinds[code] : undefined;
  return kind && "<>|=".includes(descr.charAt(0)) ? { kind, littleEndian: descr[0] !== ">" } : undefined;
}

function badHeader(file: string, offset: number, expected: string, found: string): DataProblem {
  return {
    code: "bad-header",
    message: "The .npy header is damaged or too new.",
    file,
    offset,
    expected,
    found,
  };
}
