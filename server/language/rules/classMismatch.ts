import type { Node } from "jsonc-parser";
import { headHint, outputHint, retrainHint, unitsHint } from "../../nets/otherOutputs.ts";
import type { Task } from "../../tasks/task.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { hasPorts } from "../facts.ts";
import { error, type Fix, fix, replace, type Span, type Uncoded } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { NetModel } from "../model/net.ts";
import { member, textOf } from "../model/values.ts";
import { lacksZero, leaveOutZero, leavesOutZero } from "./classCounts.ts";
import type { Rule } from "./rule.ts";

/** Teacher, student and data must have the same number of classes. */
export const classMismatch: Rule = {
  code: "class-mismatch",
  *check({ at, data, parsed, teacher, student, samples, task }) {
    const words = taskOf(task).output;
    yield* manyOutputs("teacher", teacher, words);
    yield* manyOutputs("student", student, words);
    // Labels of samples that the trainer refuses tell nothing about a net.
    const least = task === "classification" ? 2 : 1;
    if (samples?.problem !== undefined || (data.train?.classes ?? least) < least) return;
    const expected = data.train?.classes;
    if (expected !== undefined) {
      // One class more than the net has, and no sample of the first: its classes are the others.
      const isShifted = (net: NetModel | undefined) =>
        net?.classes === expected - 1 && task === "classification" && lacksZero(samples?.facts?.classCounts);
      for (const [role, net] of [
        ["teacher", teacher],
        ["student", student],
      ] as const) {
        const shift = isShifted(net) ? leaveOutZero(parsed.text, at("data")) : [];
        yield* netMismatch(role, net, { classes: expected, words, text: parsed.text, shift });
      }
    } else if (teacher?.classes !== undefined && student?.classes !== undefined) {
      if (teacher.classes === student.classes) return;
      yield error(
        placeOf(student),
        `The student has ${countOf(student.classes, words)}, the teacher ${teacher.classes}.`,
      );
    }
  },
};

/** Losses and metrics take one number per class, [classes]; a map has one at every position. */
function* manyOutputs(
  role: "teacher" | "student",
  net: NetModel | undefined,
  [one]: Words,
): Generator<Uncoded> {
  const plan = net?.plan;
  const last = net?.layers.at(-1);
  if (!last || !plan?.outputShape || plan.problems.length > 0 || plan.outputShape.length === 1) return;
  const flatten = { offset: last.offset, length: 0, text: '{ "type": "flatten" }, ' };
  const isDense = textOf(member(last, "type")) === "dense" && !member(last, "inputs");
  yield error(
    member(last, "type") ?? last,
    `The ${role} gives [${plan.outputShape.join(", ")}]; expected one number per ${one}. Flatten before its last layer, or pool globally.`,
    ...(isDense ? [fix("Flatten before it", flatten)] : []),
  );
}

function* netMismatch(
  role: "teacher" | "student",
  net: NetModel | undefined,
  {
    classes,
    words,
    text,
    shift,
  }: {
    readonly classes: number;
    readonly words: Words;
    readonly text: string;
    /** Of labels that start at 1. */
    readonly shift: readonly Fix[];
  },
): Generator<Uncoded> {
  if (net?.classes === undefined || net.classes === classes) return;
  const units = unitsOf(net);
  const isReplaceable = role === "student" && net.file?.knowledge?.facts?.hasHead === true;
  const other = role === "teacher" ? outputOf(net, classes) : undefined;
  const hint =
    shift.length > 0
      ? leavesOutZero
      : other !== undefined
        ? outputHint(other, classes)
        : hintFor(role, net)?.(words);
  yield error(
    placeOf(net),
    `The ${role} has ${countOf(net.classes, words)}, but the data has ${classes}.${hint === undefined ? "" : ` ${hint}`}`,
    ...shift,
    ...(other === undefined || shift.length > 0 ? [] : [readFrom(other, net, text)]),
    ...(units ? [fix(`Change units to ${classes}`, replace(units, String(classes)))] : []),
    ...(isReplaceable ? [replacedHead(net.node, text)] : []),
  );
}

/** The one output of a model beside the one that is read that has a number for each class. */
function outputOf({ file }: NetModel, classes: number): string | undefined {
  if (file === undefined || !hasPorts(file.reference.kind)) return undefined;
  const fitting = (file.knowledge?.facts?.outputs ?? []).filter(
    ({ shape, dtype = "" }) => shape.length === 2 && shape[1] === classes && dtype.startsWith("float"),
  );
  return (fitting.find(({ probabilities }) => !probabilities) ?? fitting[0])?.name;
}

function readFrom(output: string, { node }: NetModel, text: string): Fix {
  const given = member(node, "output");
  const value = JSON.stringify(output);
  return fix(
    `Read its output ${value}`,
    given ? replace(given, value) : insertProperty(text, node, "output", value),
  );
}

/** What the trainer would say to do about it. */
function hintFor(role: "teacher" | "student", { file, layers }: NetModel) {
  if (file === undefined) return layers.length > 0 ? unitsHint : undefined;
  const { hasHead, learned } = file.knowledge?.facts ?? {};
  if (role === "student") return hasHead === false ? undefined : headHint;
  // What has no layers has no head, and of a SavedModel or stored outputs nothing can be trained.
  const isTrainable = ["onnx", "tfjs", "experiment"].includes(file.reference.kind) && learned === undefined;
  return isTrainable ? retrainHint : undefined;
}

/** A head of the right size in place of the model's own. */
function replacedHead(student: Node, text: string): Fix {
  const given = member(student, "head");
  const title = "Replace its last dense layer";
  return given
    ? fix(title, replace(given, '"replace"'))
    : fix(title, insertProperty(text, student, "head", '"replace"'));
}

type Words = Task["output"];

const countOf = (count: number, [one, many]: Words): string => `${count} ${count === 1 ? one : many}`;

/** The `units` of the last layer, its file's path, or the whole net. */
function placeOf(net: NetModel): Span {
  return unitsOf(net) ?? net.file?.reference.node ?? net.layers.at(-1) ?? headOf(net.node);
}

const unitsOf = ({ layers }: NetModel): Node | undefined => member(layers.at(-1), "units");
