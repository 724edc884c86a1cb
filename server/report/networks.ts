import type { Metrics, RunResult } from "../../schemas/run-event.gen.ts";
import { networkWords } from "../statistics/networkWords.ts";

/** What one network reaches, and what it costs. */
export interface NetworkReport {
  /** `teacher`, `student` or `student alone`. */
  readonly network: string;
  readonly parameters?: number;
  /** Of a teacher without parameters. */
  readonly learned?: NonNullable<RunResult["teacherLearned"]>;
  /** Of its file of weights. */
  readonly bytes?: number;
  /** Multiplications and additions of one prediction. */
  readonly flops?: number;
  /** Milliseconds of one prediction, batch 1: the median, and what 95 of 100 do not exceed. */
  readonly latencyMs?: number;
  readonly latencyP95Ms?: number;
  readonly test?: Metrics;
  readonly validation?: Metrics;
}

/** Where the networks of a run were compared. */
export const comparedOn = ({ test }: Pick<RunResult, "test"> = {}): "test" | "validation" =>
  test === undefined ? "validation" : "test";

/** The networks of a run side by side: the one source of every table of them. @param bytes of the student's weights */
export function networksOf(result: RunResult, bytes?: number): NetworkReport[] {
  const { test, best, teacher, baselines, validation, parameters, teacherParameters, teacherLearned } =
    result;
  const isTestRead = test !== undefined;
  const measured = (compared: Metrics | undefined, onValidation: Metrics | undefined) => {
    const atValidation = isTestRead ? onValidation : compared;
    return {
      ...(isTestRead && compared ? { test: compared } : {}),
      ...(atValidation ? { validation: atValidation } : {}),
    };
  };
  const student: NetworkReport = {
    network: result.subject ?? "student",
    parameters,
    ...(bytes === undefined ? {} : { bytes }),
    ...costOf(result, "student"),
    ...measured(test ?? best?.metrics, best?.metrics),
  };
  if (result.subject === "teacher") return [student];
  return [
    {
      network: "teacher",
      ...(teacherParameters === undefined ? {} : { parameters: teacherParameters }),
      ...(teacherLearned === undefined ? {} : { learned: teacherLearned }),
      ...costOf(result, "teacher"),
      ...measured(teacher, validation?.teacher),
    },
    student,
    ...Object.entries(baselines ?? {}).map(([name, metrics]) => ({
      network: networkWords(name),
      parameters,
      ...measured(metrics, validation?.baselines?.[name]),
    })),
  ].filter(({ parameters, test, validation }) => parameters !== undefined || test || validation);
}

/** Earlier versions measured the student's median alone. */
function costOf({ costs, latencyMs }: RunResult, network: string) {
  const { p50Ms = network === "student" ? latencyMs : undefined, p95Ms, flops } = costs?.[network] ?? {};
  return {
    ...(flops === undefined ? {} : { flops }),
    ...(typeof p50Ms === "number" ? { latencyMs: p50Ms } : {}),
    ...(typeof p95Ms === "number" ? { latencyP95Ms: p95Ms } : {}),
  };
}
