import type { Node } from "jsonc-parser";
import { featureObstacle, projectors } from "../../nets/comparedFeatures.ts";
import { type Edit, error, fix, replace } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import type { NetModel } from "../model/net.ts";
import { member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Layers whose outputs a loss cannot compare, as far as their shapes are known. */
export const featureShape: Rule = {
  code: "feature-shape",
  *check({ losses, student, teacher, parsed }) {
    for (const { type, compares, node, layers } of losses) {
      if (!node || compares === undefined) continue;
      const projector = member(node, "projector");
      const given = textOf(projector);
      for (const [i, own] of layers.student.entries()) {
        const shapes = { student: shapeOf(own, student), teacher: shapeOf(layers.teacher[i], teacher) };
        if (!shapes.student || !shapes.teacher) continue;
        const obstacle = featureObstacle(
          compares,
          shapes.student,
          shapes.teacher,
          projectors.find((one) => one === given),
        );
        if (!obstacle) continue;
        const { projector: helpful, message } = obstacle;
        const edit = (value: string): Edit =>
          projector
            ? replace(projector, JSON.stringify(value))
            : insertProperty(parsed.text, node, "projector", JSON.stringify(value));
        yield error(
          own,
          `\`${type}\` cannot compare these layers: ${message}.`,
          ...(helpful ? [fix(`Add "projector": "${helpful}"`, edit(helpful))] : []),
        );
      }
    }
  },
};

const shapeOf = (name: Node | undefined, net: NetModel | undefined): readonly number[] | undefined =>
  net?.taps?.find((tap) => tap.name === textOf(name))?.shape;
