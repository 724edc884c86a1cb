import { check, mnist } from "../../../test/support/checkRule.ts";
import { command } from "../../protocol.ts";
import { teachingOf } from "../teaching.ts";
import { teacherWarned } from "./teacherWarned.ts";

const data = `"data": { "train": ${mnist} }`;
const teacher = '{ "type": "onnx", "path": "t.onnx" }';
const chance = { code: "teacher-chance", message: "The teacher is right for 10.0 %." };
const saying = (text: string, ...warnings: { code: string; message: string }[]) => ({
  lastRun: {
    uri: "file:///a.distill.json",
    directory: "/runs/1",
    teaching: teachingOf(JSON.parse(text)) ?? "nothing that was run",
    augmented: teachingOf(JSON.parse(text), "augmented") ?? "nothing that was run",
    warnings,
  },
});
const lastRun = saying(`{ ${data}, "teacher": ${teacher} }`, chance);

check(teacherWarned, `{ ${data}, "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  ...lastRun,
  message: /^In the last run: The teacher is right for 10.0 %\.$/,
  severity: "warning",
  fixedBy: {
    title: "Show the run",
    command: command.openCharts,
    arguments: ["file:///a.distill.json", "/runs/1"],
  },
});
// What does not change how the teacher answers, and the order of keys, leave it as it is.
check(
  teacherWarned,
  `{ "teacher": { "path": ▸"t.onnx"◂, "type": "onnx" }, "temperature": 2, "data": { "batchSize": 8, "train": ${mnist} } }`,
  lastRun,
);
// Another teacher, and what was done about it.
check(teacherWarned, `{ ${data}, "teacher": { "type": "onnx", "path": "u.onnx" } }`, lastRun);
check(
  teacherWarned,
  `{ ${data}, "teacher": { "type": "onnx", "path": "t.onnx", "layout": "nchw" } }`,
  lastRun,
);
check(
  teacherWarned,
  `{ "data": { "train": ${mnist}, "normalize": { "scale": 0.5 } }, "teacher": ${teacher} }`,
  lastRun,
);
check(teacherWarned, `{ ${data}, "teacher": ${teacher} }`);
// What else it was warned of does not belong here.
check(
  teacherWarned,
  `{ ${data}, "teacher": ${teacher} }`,
  saying(`{ ${data}, "teacher": ${teacher} }`, { code: "memory-tight", message: "Little memory." }),
);
// A teacher that is described has no path; where its training is another one, so is the teacher.
const described = '{ "type": "layers", "preset": "mlp", "hidden": [8], "train": {} }';
const ofDescribed = saying(`{ ${data}, "teacher": ${described} }`, { ...chance, code: "teacher-worse" });
check(
  teacherWarned,
  `{ ${data}, "teacher": { "type": ▸"layers"◂, "preset": "mlp", "hidden": [8], "train": {} } }`,
  ofDescribed,
);
check(teacherWarned, `{ ${data}, "teacher": ${described}, "seed": 7 }`, ofDescribed);
// What it does not know of augmented samples holds for the same augmentation.
const augmented = (std: number, path: string) =>
  `{ "data": { "train": ${mnist}, "augment": [{ "type": "noise", "std": ${std} }] }, "teacher": { "type": "onnx", "path": ${path} } }`;
const onAugmented = saying(augmented(2, '"t.onnx"'), { ...chance, code: "teacher-augmented" });
check(teacherWarned, augmented(2, '▸"t.onnx"◂'), onAugmented);
check(teacherWarned, augmented(1, '"t.onnx"'), onAugmented);
check(teacherWarned, `{ ${data}, "teacher": ${teacher} }`, onAugmented);
check(teacherWarned, augmented(1, '▸"t.onnx"◂'), saying(augmented(2, '"t.onnx"'), chance));
// Nothing is said of a text that is no experiment.
check(teacherWarned, `{ "teacher": ${teacher} }`, saying('{ "teacher": 3 }', chance));
