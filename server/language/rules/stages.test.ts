import { check } from "../../../test/support/checkRule.ts";
import { earlyStoppingBlind } from "./earlyStoppingBlind.ts";
import { epochsAndSteps } from "./epochsAndSteps.ts";
import { lossName } from "./lossName.ts";
import { lossTask } from "./lossTask.ts";
import { milestoneUnreached } from "./milestoneUnreached.ts";
import { noTeacher } from "./noTeacher.ts";
import { stages } from "./stages.ts";
import { teacherUnseen } from "./teacherUnseen.ts";
import { warmupTooLong } from "./warmupTooLong.ts";
import { weightPattern } from "./weightPattern.ts";
import { weightsZero } from "./weightsZero.ts";

check(stages, `{ "stages": [{ "name": "a" }, { "name": ▸"a"◂ }] }`, { severity: "error" });
check(
  stages,
  `{ ▸"temperature"◂: 2, "stages": [{ "name": "a", "losses": [{ "type": "ce" }] }, { "name": "b", "losses": [{ "type": "ce" }] }] }`,
  { severity: "warning", fixes: ['Remove "temperature"'] },
);
check(
  stages,
  `{ "training": { ▸"epochs"◂: 2 }, "stages": [{ "name": "a", "training": { "steps": 5 } }, { "name": "b", "training": { "epochs": 1 } }] }`,
  { fixed: `{ "training": { }` },
);
check(
  stages,
  `{ "optimizer": { "type": "sgd" }, "stages": [{ "name": "a" }, { "name": "b", "optimizer": { "type": "adam" } }] }`,
);

// What holds for the losses and the training of an experiment holds for those of its stages.
const inStage = (stage: string, more = "") => `{ ${more}"stages": [{ "name": "a", ${stage} }] }`;
check(noTeacher, inStage(`"losses": [▸{ "type": "kd" }◂, { "type": "ce" }]`));
check(noTeacher, `{ "stages": [{ "name": "a", "losses": [{ "type": "ce" }] }] }`);
check(teacherUnseen, inStage(`▸"losses"◂: [{ "type": "ce" }]`, `"teacher": { "type": "onnx" }, `), {
  fixes: ["Add kd"],
});
check(
  teacherUnseen,
  `{ "teacher": {}, "stages": [{ "losses": [{ "type": "kd" }] }, { "losses": [{ "type": "ce" }] }] }`,
);
check(lossName, inStage(`"losses": [{ "type": "ce" }, { "type": ▸"ce"◂ }]`));
check(lossName, `{ "stages": [{ "losses": [{ "type": "ce" }] }, { "losses": [{ "type": "ce" }] }] }`);
check(lossTask, inStage(`"losses": [{ "type": ▸"mse"◂ }]`, `"task": "classification", `));
check(weightsZero, inStage(`▸"losses"◂: [{ "type": "ce", "weight": 0 }]`));
check(epochsAndSteps, inStage(`"training": { "epochs": 1, ▸"steps"◂: 2 }`));
check(earlyStoppingBlind, inStage(`"training": { ▸"earlyStopping"◂: { "patience": 2 } }`));
check(
  warmupTooLong,
  `{ "schedule": { "type": "cosine", "warmup": ▸50◂ }, "stages": [{ "name": "a", "training": { "steps": 40 } }, { "name": "b", "training": { "steps": 60 } }] }`,
  { message: /the stage "a" 40/ },
);
check(
  milestoneUnreached,
  inStage(`"schedule": { "type": "step", "milestones": [1, ▸4◂] }, "training": { "epochs": 3 }`),
  { message: /The stage "a" ends after 3 epochs/ },
);
check(
  weightPattern,
  `{
  "data": { "train": { "type": "npz", "path": "d.npz", "features": "x", "labels": "y" } },
  "student": { "layers": [{ "type": "dense", "name": "head", "units": 3 }] },
  "stages": [{ "name": "a", "trainable": ["head.*", ▸"haed.*"◂] }]
}`,
  { files: { "d.npz": { count: 9, shape: [4], classes: 3 } }, fixes: ['Change to "head.*"'] },
);
