import type { Node } from "jsonc-parser";
import type { ModelPort } from "../../fileHeaders.ts";
import { isRecord } from "../../isRecord.ts";
import { columnHint, columnInput } from "../../nets/columnInputs.ts";
import { type InputMistake, type InputPlan, inputPlan } from "../../nets/inputRoles.ts";
import { dataOf } from "../parse.ts";
import { member, textOf } from "./values.ts";

/** What each input of an ONNX teacher's model is fed; "columns" where each takes the column of its name. */
export function teacherInputs(
  node: Node,
  ports: readonly ModelPort[],
  columns: readonly string[] | undefined,
): InputPlan | InputMistake | "columns" {
  const inputs = dataOf(member(node, "inputs"));
  const given = isRecord(inputs) ? inputs : undefined;
  const typed = ports.map(({ name, shape, dtype = "unknown" }) => ({
    name,
    shape,
    type: dtype === "unknown" ? "float32" : dtype,
  }));
  const isSaid = member(node, "input") !== undefined || inputs !== undefined;
  if (!isSaid && columnInput(typed, columns)) return "columns";
  const plan = inputPlan(
    ports.map(({ name }) => name),
    { input: textOf(member(node, "input")), inputs: given },
  );
  const hint = isSaid ? undefined : columnHint(typed, columns);
  return "message" in plan && hint !== undefined ? { ...plan, hint } : plan;
}
