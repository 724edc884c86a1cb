import { counted, grouped } from "../../grouped.ts";
import { sizeOf } from "../../sizeOf.ts";
import { type Fix, fix, replace, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import type { LossModel } from "../model/losses.ts";
import type { Model } from "../model/model.ts";
import type { NetModel, Tap } from "../model/net.ts";
import { member, numberOf, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/**
 * `rkd` on wide layers: every pair of samples has a difference as wide as the layer, so that a step on a map takes seconds and
 * one on flat features a tenth. Other relational losses compare B · B numbers at any width.
 */
export const costlyRelations: Rule = {
  code: "costly-relations",
  *check(model) {
    const { losses, data, at } = model;
    if (textOf(at("device"))?.includes("gpu")) return;
    const samples = Math.min(data.batchSize, data.trainCount ?? data.batchSize);
    for (const loss of losses) {
      const pair = pairOf(loss, model);
      if (!pair) continue;
      const { student, teacher, hasAngles } = pair;
      const { seconds, bytes } = costOf(samples, pair);
      if (seconds <= mostSeconds) continue;
      const wider = student.size >= teacher.size ? student : teacher;
      yield warning(
        wider.name,
        `\`${loss.type}\` compares ${counted(samples ** 2, "pair")} of samples by ${grouped(student.size)} and ${grouped(teacher.size)} numbers: about ${seconds.toPrecision(2)} s of a processor core and ${(bytes / 1e9).toPrecision(2)} GB in each step. It is meant for flat features before the last layer.`,
        ...flatter(pair, samples, model),
        ...smallerBatch(samples, { student, teacher, hasAngles }, model),
      );
    }
  },
};

/** An acceptable step: 128 samples of 512 features take 0.25 s. */
const mostSeconds = 0.35;

interface Pair {
  readonly student: Side;
  readonly teacher: Side;
  readonly hasAngles: boolean;
}

interface Side {
  /** As it is written. */
  readonly name: Parameters<typeof replace>[0];
  readonly size: number;
}

/** The two layers of a loss on distances and angles, where their shapes are known. */
function pairOf({ type, node, layers }: LossModel, { student, teacher }: Model): Pair | undefined {
  const [studentLayer, teacherLayer] = [layers.student[0], layers.teacher[0]];
  if (type !== "rkd" || !node || !studentLayer || !teacherLayer) return undefined;
  const sizes = [sizeIn(student, textOf(studentLayer)), sizeIn(teacher, textOf(teacherLayer))];
  const [studentSize, teacherSize] = sizes;
  if (studentSize === undefined || teacherSize === undefined) return undefined;
  return {
    student: { name: studentLayer, size: studentSize },
    teacher: { name: teacherLayer, size: teacherSize },
    hasAngles: numberOf(member(node, "angle")) !== 0,
  };
}

function sizeIn(net: NetModel | undefined, name: string | undefined): number | undefined {
  const shape = net?.taps?.find((tap) => tap.name === name)?.shape;
  return shape?.every((extent) => extent > 0) ? sizeOf(shape) : undefined;
}

/**
 * Its cost in a training step, forward and back, in ONNX Runtime: measured for batches of 32 to 256 and layers of 64 to 16384
 * numbers, accurate to a third where it takes more than 0.1 s.
 */
function costOf(samples: number, { student, teacher, hasAngles }: Pair) {
  const width = student.size + teacher.size + (hasAngles ? 2 * samples : 0);
  const numbers = samples ** 2 * width;
  return hasAngles
    ? { seconds: 11e-9 * numbers, bytes: 32 * numbers }
    : { seconds: 3.2e-9 * numbers, bytes: 15 * numbers };
}

/** The last flat layers before the logits, where these are cheap to compare. */
function flatter(pair: Pair, samples: number, { student, teacher }: Model): Fix[] {
  const [studentTap, teacherTap] = [lastFlat(student), lastFlat(teacher)];
  if (!studentTap || !teacherTap) return [];
  const sized = (side: Side, { shape = [] }: Tap): Side => ({ ...side, size: sizeOf(shape) });
  const other = {
    ...pair,
    student: sized(pair.student, studentTap),
    teacher: sized(pair.teacher, teacherTap),
  };
  if (costOf(samples, other).seconds > mostSeconds) return [];
  return [
    fix(
      `Compare "${studentTap.name}" and "${teacherTap.name}"`,
      replace(pair.student.name, JSON.stringify(studentTap.name)),
      replace(pair.teacher.name, JSON.stringify(teacherTap.name)),
    ),
  ];
}

const lastFlat = (net: NetModel | undefined): Tap | undefined =>
  net?.taps?.slice(0, -1).findLast(({ shape }) => shape?.length === 1);

function smallerBatch(samples: number, pair: Pair, { at, parsed }: Model): Fix[] {
  let batch = 2 ** Math.floor(Math.log2(samples));
  while (costOf(batch, pair).seconds > mostSeconds) batch /= 2;
  if (batch < smallestBatch) return [];
  const [given, data] = [at("data", "batchSize"), at("data")];
  const title = `Use batches of ${batch} samples`;
  if (given) return [fix(title, replace(given, String(batch)))];
  if (!data) return [];
  return [fix(title, insertProperty(parsed.text, data, "batchSize", String(batch)))];
}

/** Fewer samples have few relations. */
const smallestBatch = 16;
