import type { Node } from "jsonc-parser";
import { counted } from "../../grouped.ts";
import { resnetNorm } from "../../nets/presets/resnet.ts";
import { matches } from "../../nets/weightPatterns.ts";
import { fix, opening, replace, type Uncoded, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { teacherDuration } from "../model/duration.ts";
import type { Model } from "../model/model.ts";
import type { NetModel } from "../model/net.ts";
import { items, member, numberOf, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Largest acceptable share of their start in the moving averages: 1 % of 1 is much beside a small variance. */
const mostLeft = 0.01;
/** PyTorch's default, and lower ones for runs of a few steps. */
const momenta = [0.9, 0.8, 0.5, 0.1, 0];

/**
 * Batch norm trains with batch statistics and is evaluated with moving averages that begin at mean 0 and variance 1. After n
 * steps a share of momentumⁿ of that is left, and a net that trains well may evaluate as if untrained. Averages of a file are no such
 * beginning.
 */
export const normMomentum: Rule = {
  code: "norm-momentum",
  *check(model) {
    const { student, teacher, data, duration } = model;
    if (student) yield* slowNorms(student, duration.totalSteps, model);
    const steps = teacher && teacherDuration(teacher, data)?.totalSteps;
    if (teacher) yield* slowNorms(teacher, steps, model);
    // A preset's layers have the preset's momentum.
    const { momentum } = resnetNorm;
    for (const [net, taken] of [
      [student, duration.totalSteps],
      [teacher, steps],
    ] as const) {
      const preset = net && member(net.node, "preset");
      if (!preset || textOf(preset) !== "resnet" || !beginsAnew(net)) continue;
      if (taken === undefined || left(momentum, taken) <= mostLeft) continue;
      yield warning(
        preset,
        `${reason(momentum, taken)} Train a resnet for more steps: its norms have momentum ${momentum}.`,
      );
    }
  },
};

function* slowNorms(net: NetModel, steps: number | undefined, { parsed }: Model): Generator<Uncoded> {
  if (steps === undefined) return;
  for (const layer of net.layers) {
    if (textOf(member(layer, "type")) !== "batchNormalization" || !beginsAnew(net, layer)) continue;
    const given = member(layer, "momentum");
    const momentum = given ? numberOf(given) : 0.99;
    if (momentum === undefined || momentum >= 1 || left(momentum, steps) <= mostLeft) continue;
    const fitting = momenta.find((other) => left(other, steps) <= mostLeft) ?? 0;
    const edit = given
      ? replace(given, String(fitting))
      : insertProperty(parsed.text, layer, "momentum", String(fitting));
    yield warning(
      given ?? member(layer, "type") ?? opening(layer),
      `${reason(momentum, steps)} Lower \`momentum\`, or train for more steps.`,
      fix(given ? `Change to ${fitting}` : `Set momentum to ${fitting}`, edit),
    );
  }
}

/** Whether the averages of a norm, or of any, begin at 0 and 1 and are not taken from a file. */
function beginsAnew({ node, taps, averages = [] }: NetModel, layer?: Node): boolean {
  if (!member(node, "weights")) return true;
  const own = layer && `${taps?.find((tap) => tap.node === layer)?.name}.`;
  const drawn = items(member(node, "newWeights")).map((pattern) => textOf(pattern) ?? "");
  return averages.some(
    (name) => name.startsWith(own ?? "") && drawn.some((pattern) => matches(pattern, name)),
  );
}

/** Share of their start in the averages. */
const left = (momentum: number, steps: number): number => momentum ** steps;

const reason = (momentum: number, steps: number): string =>
  `With momentum ${momentum} the running averages are still ${Math.max(1, Math.round(100 * left(momentum, steps)))} % their initial values after ${counted(steps, "step")}, and evaluation uses them.`;
