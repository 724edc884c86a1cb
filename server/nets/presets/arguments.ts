import { integer, number, type Parameter, varied } from "../../parameters/parameter.ts";
import { activation } from "../layers/arguments.ts";

/* What several presets take. */

export const relu = varied(activation, { default: "relu" });

export const dropout = (description: string, example: number): Parameter<number> =>
  number(description, { minimum: 0, exclusiveMaximum: 1, default: 0, examples: [example] });

/** Of one layer, in a list of several. */
export const unitsOfOne = integer("Units of one layer.", { minimum: 1 });
