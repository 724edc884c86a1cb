import { check, mnist } from "../../../test/support/checkRule.ts";
import { milestoneUnreached } from "./milestoneUnreached.ts";

const multistep = (milestones: string) =>
  `"schedule": { "type": "multistep", "milestones": [${milestones}] }`;

check(milestoneUnreached, `{ ${multistep("150, 180, ▸240◂")}, "training": { "epochs": 240 } }`, {
  severity: "warning",
  message: /^Training ends after 240 epochs: the learning rate does not change at 240\.$/,
});
check(milestoneUnreached, `{ ${multistep("150, 180, 239")}, "training": { "epochs": 240 } }`);
// Ten epochs are the default.
check(milestoneUnreached, `{ ${multistep("5, ▸10◂")} }`);
// 1 000 samples in batches of 100: 25 steps are 2.5 epochs.
const steps = (milestones: string) =>
  `{ "data": { "train": ${mnist}, "batchSize": 100 }, ${multistep(milestones)}, "training": { "steps": 25 } }`;
check(milestoneUnreached, steps("2, ▸3◂"), { files: { x: { count: 1000 } }, message: /after 2\.5 epochs/ });
// How many steps an epoch has is not known.
check(milestoneUnreached, `{ ${multistep("3")}, "training": { "steps": 25 } }`);
// A teacher's epochs are its own: 1 000 samples in batches of 250 are 4 steps.
const teacher = (training: string) =>
  `{ "data": { "train": ${mnist}, "batchSize": 100 }, "training": { "epochs": 2 },
    "teacher": { "type": "layers", "layers": [], "train": { ${training} } } }`;
check(milestoneUnreached, teacher(`${multistep("9, ▸10◂")}`), { message: /after 10 epochs/ });
check(milestoneUnreached, teacher(`"epochs": 30, ${multistep("29")}`));
const teacherSteps = teacher(`"batchSize": 250, "steps": 10, ${multistep("2, ▸3◂")}`);
check(milestoneUnreached, teacherSteps, { files: { x: { count: 1000 } }, message: /after 2\.5 epochs/ });
