import type { Node } from "jsonc-parser";
import { counted } from "../../grouped.ts";
import { hasPorts } from "../facts.ts";
import { type Fix, fix, replace, textAt, warning } from "../finding.ts";
import { removeItems } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { NetModel } from "../model/net.ts";
import { keyOf, properties } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** A teacher that is smaller than its student was probably meant to be the student. */
export const swappedRoles: Rule = {
  code: "swapped-roles",
  *check({ teacher, student, parsed }) {
    if (teacher?.parameters === undefined || student?.parameters === undefined) return;
    if (teacher.parameters >= student.parameters) return;
    // Beside its parameters it has trees or support vectors.
    if (teacher.file?.knowledge?.facts?.learned) return;
    const sizes = `The student (${counted(student.parameters)}) is larger than its teacher (${counted(teacher.parameters)})`;
    const isOnnx = hasPorts(teacher.file?.reference.kind);
    yield warning(
      headOf(student.node),
      isOnnx && !areAlike(teacher, student) ? `${sizes}: nothing becomes smaller.` : `${sizes}. Swapped?`,
      ...swap(teacher, student, parsed.text),
    );
  },
};

/** Swaps the descriptions of the nets; how the teacher is trained and read stays. */
function swap(teacher: NetModel, student: NetModel, text: string): Fix[] {
  const [from, ...moreFrom] = describing(teacher.node);
  const [to, ...moreTo] = describing(student.node);
  // Files of different kinds, or a file and a written net, cannot be swapped.
  const [a, b] = [teacher.file?.reference, student.file?.reference];
  if (a && b && areAlike(teacher, student))
    return [fix(title, replace(a.node, textAt(text, b.node)), replace(b.node, textAt(text, a.node)))];
  if (!from || !to || a || b) return [];
  const joined = (properties: readonly Node[]) =>
    properties.map((property) => textAt(text, property)).join(", ");
  return [
    fix(
      title,
      replace(from, joined([to, ...moreTo])),
      replace(to, joined([from, ...moreFrom])),
      ...removeItems(text, teacher.node, moreFrom),
      ...removeItems(text, student.node, moreTo),
    ),
  ];
}

/** Both are files of one kind, which either role takes. */
function areAlike({ file: teacher }: NetModel, { file: student }: NetModel): boolean {
  const [a, b] = [teacher?.reference.kind, student?.reference.kind];
  return (a === "tfjs" && b === "tfjs") || (a === "onnx" && b === "onnx-student");
}

const title = "Swap teacher and student";

const aroundTheNet = new Set(["type", "train", "normalize", "outputs"]);

const describing = (net: Node): readonly Node[] =>
  properties(net).filter((property) => !aroundTheNet.has(keyOf(property)));
