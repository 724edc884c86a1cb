import type { RunResult } from "../../schemas/run-event.gen.ts";
import { grouped, significant } from "../grouped.ts";
import { metricText } from "../tasks/metricText.ts";
import { taskOfMetrics } from "../tasks/tasks.ts";

/** What each stage came to at its end, as in `to step 75, loss 86.3, validation accuracy 27.08 %`. */
export const stageEnds = ({ stages = [] }: Pick<RunResult, "stages">) =>
  stages.map(({ name, step, loss, metrics = {} }) => {
    const measured = taskOfMetrics(metrics)
      .shown.slice(0, 2)
      .flatMap((metric) =>
        metrics[metric] === undefined ? [] : [`${metric} ${metricText(metric, metrics[metric])}`],
      );
    const words = [
      `to step ${grouped(step)}`,
      ...(loss === null ? [] : [`loss ${significant(loss)}`]),
      ...(measured.length === 0 ? [] : [`validation ${measured.join(", ")}`]),
    ];
    return { name, words: words.join(", ") };
  });
