import type { ModelPort } from "../../fileHeaders.ts";
import { isNoRow, isOneNumber } from "../../nets/onnxInput.ts";
import { isFloat, isList, isReadable, noTensorHint } from "../../nets/onnxTypes.ts";
import { quoted } from "../../parameters/words.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { hasPorts } from "../facts.ts";
import { error, fix, replace, type Uncoded } from "../finding.ts";
import { member, textOf } from "../model/values.ts";
import { keyOf, properties } from "../parse.ts";
import { suggestion } from "../suggest.ts";
import type { Rule } from "./rule.ts";

/** A teacher's `input`, `inputs` or `output` that its file does not have, or an output that is not scores of classes. */
export const modelPort: Rule = {
  code: "model-port",
  *check({ teacher, task }) {
    const { inputs = [], outputs = [], scores } = teacher?.file?.knowledge?.facts ?? {};
    const isMute =
      outputs.length > 0 && scores === undefined && (outputs.some(givesList) || outputs.every(isNoScore));
    if (teacher?.file && hasPorts(teacher.file.reference.kind) && isMute && !member(teacher.node, "output"))
      yield error(
        teacher.file.reference.node,
        `The teacher has no output with a number for each class. Its outputs are ${portList(outputs)}.${listAdvice(outputs)}`,
      );
    if (teacher?.file && hasPorts(teacher.file.reference.kind)) {
      const named = member(teacher.node, "output");
      const [one, many] = taskOf(task).output;
      const output = outputs.find(({ name }) => name === (textOf(named) ?? scores));
      // Of a regression it is the number.
      if (task !== "regression" && output && !isNoNumber(output) && isOneNumber(output.shape))
        yield error(
          named ?? teacher.file.reference.node,
          `The output ${quoted(output.name)} gives one number per sample; expected one number per ${one}. Export the scores of all ${many} as one output. The outputs are ${portList(outputs)}.`,
        );
      else if (output && !isNoNumber(output) && isNoRow(output.shape, task))
        yield error(
          named ?? teacher.file.reference.node,
          `The output ${quoted(output.name)} gives [${output.shape.map((extent) => (extent < 1 ? "any" : extent)).join(", ")}]; expected [batch, ${many}]. The outputs are ${portList(outputs)}.`,
        );
    }
    for (const [key, ports] of [
      ["input", inputs],
      ["output", outputs],
    ] as const) {
      const node = member(teacher?.node, key);
      const name = textOf(node);
      if (!node || name === undefined || ports.length === 0) continue;
      const port = ports.find((port) => port.name === name);
      if (port === undefined) yield unknown(node, { key, name, ports });
      else if (key === "output" && isNoNumber(port))
        yield error(
          node,
          `The output ${quoted(name)} has the type ${port.dtype}; expected numbers. The outputs are ${portList(ports)}.${listAdvice([port])}`,
        );
    }
    if (inputs.length === 0) return;
    for (const property of properties(member(teacher?.node, "inputs"))) {
      const [key] = property.children ?? [];
      const name = keyOf(property);
      if (key && inputs.every((port) => port.name !== name))
        yield unknown(key, { key: "input", name, ports: inputs });
    }
  },
};

function unknown(
  node: Parameters<typeof replace>[0],
  { key, name, ports }: { key: string; name: string; ports: readonly ModelPort[] },
): Uncoded {
  const names = ports.map(({ name }) => name);
  const meant = suggestion(name, names) ?? (names.length === 1 ? names[0] : undefined);
  return error(
    node,
    `The teacher has no ${key} ${quoted(name)}. Its ${key}s are ${portList(ports)}.`,
    ...(meant === undefined ? [] : [fix(`Change to ${quoted(meant)}`, replace(node, quoted(meant)))]),
  );
}

/** A file may leave a type to be inferred: it may be any. */
const isNoNumber = ({ dtype = "unknown" }: ModelPort): boolean => dtype !== "unknown" && !isReadable(dtype);

/** Scores are in the list, and decisions beside it. */
const givesList = ({ dtype = "unknown" }: ModelPort): boolean => isList(dtype);

/** A single integer is the class that the model has chosen. */
const isNoScore = ({ dtype = "unknown", shape }: ModelPort): boolean =>
  dtype !== "unknown" && !isFloat(dtype) && (!isReadable(dtype) || isOneNumber(shape));

function listAdvice(outputs: readonly ModelPort[]): string {
  const hint = noTensorHint(
    "output",
    outputs.map(({ dtype }) => dtype),
  );
  return hint === undefined ? "" : ` ${hint}`;
}

export const portList = (ports: readonly ModelPort[]): string =>
  ports
    .slice(0, 12)
    .map(({ name, dtype }) => (dtype === undefined ? quoted(name) : `${quoted(name)} (${dtype})`))
    .join(", ");
