import type { Node } from "jsonc-parser";
import { normalizeDoubt, normalizeText } from "../../nets/knownNormalize.ts";
import { dataSpecOf } from "../dataSpec.ts";
import type { NormalizeFacts } from "../facts.ts";
import { fix, replace, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import type { Model } from "../model/model.ts";
import type { Rule } from "./rule.ts";

/** A student that starts from an exported model needs the same normalisation. */
export const studentNormalize: Rule = {
  code: "student-normalize",
  *check(model) {
    const { at, data, parsed, student } = model;
    const known = student?.file?.knowledge?.facts?.card?.normalize;
    const channels = data.train?.shape?.at(-1);
    const normalize = normalizeOf(model);
    if (!student?.file || !known || !normalize || channels === undefined) return;
    const fits = ({ mean, std }: NormalizeFacts) =>
      [mean, std].every(({ length }) => length === 1 || length === channels);
    const doubt = fits(known) && fits(normalize) ? normalizeDoubt(known, normalize, channels) : undefined;
    const place = at("data");
    if (doubt === undefined || place === undefined) return;
    const given = at("data", "normalize");
    const value = normalizeText(known);
    const edit = given ? replace(given, value) : insertProperty(parsed.text, place, "normalize", value);
    yield warning(student.file.reference.node, doubt, fix("Normalise as in the model", edit));
  },
};

/** The student's normalisation, where the text gives it or the samples have been read. */
function normalizeOf({ root, samples }: Pick<Model, "samples"> & { root: Node }) {
  const given = dataSpecOf(root)?.data.normalize;
  if (given === undefined || given === "fit") return samples?.facts?.normalize;
  const { scale, mean, std } = given;
  return { scale, mean: [mean].flat(), std: [std].flat() };
}
