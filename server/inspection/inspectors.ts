import type { Subject } from "../../schemas/run-event.gen.ts";
import type { SplitAnswers, SplitOutputs } from "../statistics/splitAnswers.ts";
import type { TaskName } from "../tasks/tasks.ts";
import { classInspector } from "./classInspector.ts";
import type { Inspector } from "./inspector.ts";
import { labelInspector } from "./labelInspector.ts";
import { numberInspector } from "./numberInspector.ts";

interface TaskInspection {
  /** Whether the predictions have all that is looked at: those of earlier versions have not. */
  readonly isWhole: (answers: SplitAnswers) => boolean;
  readonly open: (answers: SplitAnswers, names: readonly string[] | undefined) => Inspector;
}

type Open = (answers: SplitAnswers, outputs: SplitOutputs, names: readonly string[] | undefined) => Inspector;

/** Of a task whose samples have several outputs, each with a target. */
const ofOutputs = (open: Open): TaskInspection => ({
  isWhole: ({ answers, outputs }) =>
    Object.keys(answers).every((network) => outputs?.given[network as Subject]),
  open: (answers, names) =>
    open(answers, answers.outputs ?? { targets: new Float32Array(0), given: {} }, names),
});

export const inspectors: Readonly<Record<TaskName, TaskInspection>> = {
  classification: {
    isWhole: ({ answers, confidence }) =>
      Object.keys(answers).every((network) => confidence?.[network as Subject]),
    open: classInspector,
  },
  multiLabel: ofOutputs(labelInspector),
  regression: ofOutputs(numberInspector),
};
