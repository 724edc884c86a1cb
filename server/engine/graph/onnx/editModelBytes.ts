import protobuf from "protobufjs";

export interface ModelEdits {
  /** Tensors inside the graph to add to the outputs. */
  readonly outputs?: readonly string[];
  /**
   * Puts `Identity` in place of each `ZipMap`, which turns scores [batch, classes] into a list of maps from class to score; the
   * output of that name is then the scores. ONNX Runtime refuses a `ZipMap` of doubles, which exporters write.
   */
  readonly bypassMaps?: boolean;
}

/**
 * A model with a few fields replaced and every other byte unchanged: it may have fields that `onnxSchema.ts` does not, such as
 * subgraphs and functions.
 */
export function editModelBytes(
  model: Uint8Array,
  { outputs = [], bypassMaps = false }: ModelEdits,
): Uint8Array {
  const fields = fieldsOf(model);
  const parts = fields.map((field) =>
    field.number === graph && bypassMaps
      ? message(graph, withoutMaps(model.subarray(field.start, field.end)))
      : model.subarray(field.at, field.end),
  );
  // A model with operators of ai.onnx.ml only does not import ONNX's own, such as Identity.
  if (bypassMaps && !fields.some((field) => field.number === opset && isDefaultDomain(model, field)))
    parts.push(message(opset, Buffer.concat([text(1, ""), number(2, 13)])));
  // Protobuf merges repeated messages field by field: a second graph with nothing but outputs adds these.
  const given = fields.flatMap((field) => (field.number === graph ? outputsOf(model, field) : []));
  const added = [...new Set(outputs)].filter((name) => !given.includes(name));
  parts.push(message(graph, Buffer.concat(added.map((name) => message(output, text(1, name))))));
  return Buffer.concat(parts);
}

/** Fields of ModelProto and of GraphProto (onnx.proto). */
const graph = 7;
const opset = 8;
const node = 1;
const output = 12;
const valueInfo = 13;

function outputsOf(model: Uint8Array, { start, end }: Field): string[] {
  const bytes = model.subarray(start, end);
  return fieldsOf(bytes).flatMap((field) => (field.number === output ? textsOf(bytes, field, 1) : []));
}

function withoutMaps(bytes: Uint8Array): Uint8Array {
  const fields = fieldsOf(bytes);
  const maps = new Set(fields.flatMap((field) => (isMap(bytes, field) ? textsOf(bytes, field, 2) : [])));
  return Buffer.concat(
    fields.flatMap((field) => {
      if (isMap(bytes, field)) {
        const [[from = ""], [to = ""]] = [textsOf(bytes, field, 1), textsOf(bytes, field, 2)];
        return [message(node, Buffer.concat([text(1, from), text(2, to), text(4, "Identity")]))];
      }
      const isTyped = field.number === output || field.number === valueInfo;
      const [name = ""] = isTyped ? textsOf(bytes, field, 1) : [];
      if (!isTyped || !maps.has(name)) return [bytes.subarray(field.at, field.end)];
      // Its type now follows from its input.
      return field.number === output ? [message(output, text(1, name))] : [];
    }),
  );
}

const isMap = (bytes: Uint8Array, field: Field): boolean =>
  field.number === node && textsOf(bytes, field, 4)[0] === "ZipMap";

const isDefaultDomain = (bytes: Uint8Array, field: Field): boolean =>
  (textsOf(bytes, field, 1)[0] ?? "") === "";

interface Field {
  readonly number: number;
  /** Where its tag begins, its value begins, and it ends. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

function fieldsOf(bytes: Uint8Array): Field[] {
  const reader = protobuf.Reader.create(bytes);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const at = reader.pos;
    const tag = reader.uint32();
    const isBytes = (tag & 7) === 2;
    const length = isBytes ? reader.uint32() : 0;
    const start = reader.pos;
    if (isBytes) reader.skip(length);
    else reader.skipType(tag & 7);
    fields.push({ number: tag >>> 3, at, start, end: reader.pos });
  }
  return fields;
}

/** The texts in one of a message's fields. */
function textsOf(bytes: Uint8Array, { start, end }: Field, of: number): string[] {
  const inside = bytes.subarray(start, end);
  return fieldsOf(inside)
    .filter(({ number }) => number === of)
    .map((field) => new TextDecoder().decode(inside.subarray(field.start, field.end)));
}

const message = (field: number, value: Uint8Array): Uint8Array =>
  protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .bytes(value)
    .finish();

const text = (field: number, value: string): Uint8Array => message(field, new TextEncoder().encode(value));

const number = (field: number, value: number): Uint8Array =>
  protobuf.Writer.create()
    .uint32(field << 3)
    .uint32(value)
    .finish();
