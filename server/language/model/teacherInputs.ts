import type { Node } from "jsonc-parser";
import type { ModelPort } from "../../fileHeaders.ts";
import { isRecord } from "../../isRecord.ts";
import { type InputMistake, type InputPlan, inputPlan } from "../../nets/inputRoles.ts";
import { dataOf } from "../parse.ts";
import { member, textOf } from "./values.ts";

/** What each input of an ONNX teacher's model is fed. */
export function teacherInputs(node: Node, ports: readonly ModelPort[]): InputPlan | InputMistake {
  const inputs = dataOf(member(node, "inputs"));
  const given = isRecord(inputs) ? inputs : undefined;
  return inputPlan(
    ports.map(({ name }) => name),
    { input: textOf(member(node, "input")), inputs: given },
  );
}
