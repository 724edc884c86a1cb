import { isDeepStrictEqual } from "node:util";
import { applyEdits, modify } from "jsonc-parser";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import { nameOf } from "../api/checkExperiment.ts";
import { readText } from "../api/readText.ts";
import { memberExperiment, settingsOf } from "../language/memberExperiment.ts";
import { dataOf, parse } from "../language/parse.ts";
import { applySettings } from "../language/settings.ts";
import type { ExperimentOfRun } from "../protocol.ts";
import type { Settings } from "../sweep/expand.ts";
import { openRun, readExperiment, readJob } from "./runDirectory.ts";
import { RunError } from "./runError.ts";
import { trainedExperiment } from "./runExperiment.ts";

const indented = { formattingOptions: { insertSpaces: true, tabSize: 2 } };

/** What makes several runs of an experiment. */
const severalRuns = ["sweep", "seeds", "jobs"];

/**
 * The experiment of a run as the text of a file: its experiment's file as it is now, with the run's values in it and without the sweep, where
 * that trains what the run has trained; else the run's copy, as of every sweep. Throws a RunError as `openRun` does.
 */
export async function experimentOfRun(path: string): Promise<ExperimentOfRun> {
  const run = await openRun(path);
  const { experimentFile: file, name, members, overrides = {}, sweep } = await readJob(run);
  const copy = `${JSON.stringify(await readExperiment(run), null, 2)}\n`;
  const number = String(sweep?.index ?? 1).padStart(2, "0");
  const of = { file, name: `${nameOf(file)}-${number}` };
  if (members !== undefined) return { ...of, text: copy, isCopy: true };
  const known = await trainedExperiment(run).catch(unlessDamaged);
  if (known === undefined) return { ...of, text: copy, isCopy: true };
  const trained = memberExperiment(known, {}, name);
  const read = await readText(file);
  const text =
    "text" in read ? withValues(read.text, { ...overrides, ...ofTeacher(trained, overrides) }) : "";
  return isDeepStrictEqual(trainedBy(text, name), trained)
    ? { ...of, text, isCopy: false }
    : { ...of, text: copy, isCopy: true };
}

/** That of another version need not be valid in this one. */
function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof RunError)) throw error;
}

/** What the training of a teacher has had from its file, of which the run has a value of its own: all runs of a sweep share the teacher. */
function ofTeacher({ teacher }: ResolvedExperiment, overrides: Settings): Settings {
  if (teacher?.type !== "layers") return {};
  const { batchSize, seed } = teacher.train;
  return {
    ...("data.batchSize" in overrides ? { "teacher.train.batchSize": batchSize } : {}),
    ...("seed" in overrides ? { "teacher.train.seed": seed } : {}),
  };
}

/** "" where the text is none that has values. */
function withValues(text: string, values: Settings): string {
  try {
    return severalRuns.reduce(
      (rest, key) => applyEdits(rest, modify(rest, [key], undefined, indented)),
      applySettings(text, settingsOf(values), indented).text,
    );
  } catch {
    return "";
  }
}

/** undefined where the text is not that of an experiment. */
function trainedBy(text: string, name: string): ResolvedExperiment | undefined {
  try {
    return memberExperiment(dataOf(parse(text).root) as Experiment, {}, name);
  } catch {
    return undefined;
  }
}
