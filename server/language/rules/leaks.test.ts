import assert from "node:assert/strict";
import { test } from "node:test";
import { check, knowledgeOf, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { applyEdits } from "../finding.ts";
import { type Model, modelOf } from "../model/model.ts";
import { parse } from "../parse.ts";
import { leaks } from "./leaks.ts";

const others = '{ "type": "idx", "images": "x2", "labels": "y2" }';
const again = '{ "type": "idx", "images": "./x", "labels": "y" }';

check(leaks, `{ "data": { "train": ${mnist}, ▸"test"◂: ${again} } }`, {
  severity: "warning",
  message: /^The test samples are the training samples, too\./,
});
check(leaks, `{ "data": { "train": ${mnist}, "validation": { "split": 0.1 }, "test": ${others} } }`);
check(leaks, `{ "data": { "train": ${mnist}, "validation": { "split": 0.1 }, "test": { "split": 0.2 } } }`);
check(leaks, `{ "data": { "train": ${mnist}, "validation": ${others}, "test": { "split": 0.2 } } }`);
check(
  leaks,
  `{ "data": { "train": ${mnist}, ▸"test"◂: { "split": 0.2 } },
     "teacher": { "type": "layers", "layers": [], "train": { "data": ${again}, "epochs": 2 } } }`,
  {
    severity: "warning",
    message: /^The test samples, held out of `data\.train`, are among what the teacher is trained on, too\./,
    fixed: '"train": { "epochs": 2 }',
  },
);
check(leaks, `{ "data": { "train": ${mnist}, ▸"validation"◂: ${again}, ▸"test"◂: { "split": 0.2 } } }`, {
  severity: "error",
  message: /^The test samples, held out of `data\.train`, are among the validation samples/,
  fixed: '"validation": { "split": 0.1 }',
});
check(leaks, `{ "data": { "train": ${mnist}, ▸"validation"◂: ${again} } }`, {
  severity: "warning",
  fixed: '"validation": { "split": 0.1 }',
});
// The test split would be what the best student is chosen by.
check(leaks, `{ "data": { "train": ${mnist}, "validation": ${others}, ▸"test"◂: ${others} } }`, {
  severity: "error",
  message: /^The test samples are the validation samples, which select the best student, too\./,
  fixed: '"validation": { "split": 0.1 }',
});
check(
  leaks,
  `{ "data": { "train": ${mnist}, ▸"test"◂: ${others} },
     "teacher": { "type": "layers", "layers": [], "train": { "data": ${others}, "epochs": 2 } } }`,
  { severity: "warning", fixed: '"train": { "epochs": 2 }' },
);
check(
  leaks,
  `{ "data": { "train": ${mnist}, "unlabelled": { "type": "idx", "images": "x2" }, ▸"test"◂: ${others} } }`,
  { severity: "warning", message: /^The test samples are the training samples without labels, too\./ },
);
// Two pairs of arrays out of one archive, and two parts of one file.
const npz = (part: string) =>
  `{ "type": "npz", "path": "d.npz", "features": "x_${part}", "labels": "y_${part}" }`;
check(leaks, `{ "data": { "train": ${npz("train")}, "test": ${npz("test")} } }`);

const part = (places: string) => `{ "type": "idx", "images": "x", "labels": "y", ${places} }`;
check(leaks, `{ "data": { "train": ${part('"take": 100')}, "test": ${part('"skip": 100')} } }`);
check(leaks, `{ "data": { "train": ${part('"skip": 100')}, "test": ${part('"take": 100')} } }`);
check(leaks, `{ "data": { "train": ${mnist}, ▸"test"◂: ${part('"skip": 100')} } }`, {
  message: /^The test samples are among the training samples, too\./,
});
check(leaks, `{ "data": { "train": ${part('"take": 60')}, ▸"test"◂: ${part('"skip": 50, "take": 100')} } }`, {
  files: mnistFiles,
  message: /^10 of the 100 test samples are among the training samples, too\./,
});
check(leaks, `{ "data": { "train": ${part('"take": 60')}, ▸"test"◂: ${part('"skip": 50')} } }`, {
  message: /^Some of the test samples are among the training samples, too\./,
});
// Selection reads more than a tenth of the test samples, or a tenth.
const validation = (take: number) =>
  `{ "data": { "train": ${others}, "validation": ${part(`"take": ${take}`)}, ▸"test"◂: ${part('"skip": 100, "take": 1000')} } }`;
check(leaks, validation(200), { severity: "error" });
check(leaks, validation(1100).replace('"skip": 100, "take": 1000', '"skip": 1000, "take": 1000'), {
  files: mnistFiles,
  severity: "warning",
});

// What `split` holds out is a part of the training samples.
const withSplits = (test: string, teacher = "") =>
  `{ "data": { "train": ${part('"take": 2500')}, "validation": { "split": 0.2 }, ${test} }${teacher} }`;
const withTeacher = (source: string) =>
  `, "teacher": { "type": "layers", "layers": [], "train": { "data": ${source}, "epochs": 2 } }`;
check(leaks, withSplits(`"test": ${others}`, withTeacher(part('"skip": 2500'))));
check(leaks, withSplits(`"test": ${others}`, withTeacher(mnist)).replace('"validation"', '▸"validation"◂'), {
  severity: "warning",
  message:
    /^The validation samples, held out of `data.train`, are among what the teacher is trained on, too\./,
  fixed: '"train": { "epochs": 2 }',
});
check(
  leaks,
  withSplits(`"test": ${others}`, withTeacher(part('"take": 100'))).replace('"validation"', '▸"validation"◂'),
  {
    message: /^Some of the validation samples, held out of `data.train`, are among/,
  },
);
test("the student's samples can be left out of the teacher's, where they are the first of the same file", () => {
  const fixed = (source: string) => {
    const parsed = parse(withSplits(`"test": ${others}`, withTeacher(source)));
    const model = modelOf(parsed, knowledgeOf(mnistFiles));
    const [, skip] = [...leaks.check(model as Model)][0]?.fixes ?? [];
    return (
      skip && [skip.title, applyEdits(parsed.text, skip.edits).includes('"labels": "y", "skip": 2500 }')]
    );
  };
  assert.deepEqual(fixed(mnist), ["Leave the 2,500 samples of the student out of the teacher's", true]);
  assert.equal(fixed(part('"take": 2500')), undefined, "none would be left");
  assert.equal(fixed(part('"skip": 5')), undefined);
});
// Half of the test samples are training samples, and a fifth of these are held out.
check(leaks, withSplits(`▸▸"test"◂◂: ${part('"take": 2000')}`), {
  severity: "error",
  message: /^Some of the test samples are among the validation samples, which select the best/,
});
check(leaks, withSplits(`▸▸"test"◂◂: ${part('"skip": 2400, "take": 1000')}`), {
  severity: "warning",
  message: /^Some of the test samples are among the validation samples/,
});

// Copies under other names.
const copied = { x: { ...mnistFiles.x, content: "c" }, x2: { ...mnistFiles.x, content: "c" } };
check(leaks, `{ "data": { "train": ${mnist}, ▸"test"◂: ${others} } }`, {
  files: copied,
  message: /^The test samples are the training samples, too\./,
});
check(leaks, `{ "data": { "train": ${mnist}, "test": ${others} } }`, {
  files: { ...copied, x2: { ...mnistFiles.x, content: "d" } },
});

const leak = {
  of: "test",
  message: "3 of 10 test samples are among them: 1, 2, 7.",
  hint: "Leave them out.",
} as const;
// What the samples hold decides where they have been read, whatever the files are called.
check(leaks, `{ "data": { "train": ${mnist}, "test": ${again} } }`, { samples: { facts: {} } });
check(leaks, `{ "data": { "train": ${mnist}, ▸"test"◂: ${others} } }`, {
  samples: { facts: { leaks: [{ ...leak, code: "test-in-train", severity: "warning" }] } },
  severity: "warning",
  message: /^3 of 10 test samples are among them: 1, 2, 7\. Leave them out\.$/,
});
check(leaks, `{ "data": { "train": ${mnist}, "test": ${again} } }`, {
  samples: { problem: { code: "missing-file", message: "There is no file y2." } },
});
// Of a source that is half typed nothing is known.
check(leaks, `{ "data": { "train": { "type": "csv" }, "test": { "type": "csv" } } }`);
check(leaks, `{ "data": { "train": ${mnist}, ▸"test"◂: ${part('"take": 100')} } }`, {
  message: /^The test samples are among the training samples, too\./,
});
check(leaks, `{ "data": { "train": ${part('"skip": 50')}, ▸"test"◂: ${part('"take": 100')} } }`, {
  files: mnistFiles,
  message: /^50 of the 100 test samples are among the training samples, too\./,
});
// A fifth of one of them, however far behind in the file they are.
const chosenBy = (validation: string, test: string) =>
  `{ "data": { "train": ${others}, "validation": ${part(validation)}, ▸"test"◂: ${part(test)} } }`;
check(leaks, chosenBy('"take": 1020', '"skip": 1000, "take": 100'), { severity: "error" });
check(leaks, chosenBy('"skip": 1000, "take": 100', '"take": 1020'), { severity: "error" });
// A fifth of the test samples are training samples, and a fifth of these are held out.
check(leaks, withSplits(`▸▸"test"◂◂: ${part('"skip": 2300, "take": 1000')}`), { severity: "warning" });
// Samples of its own make a split what it is, whatever else stands there.
check(
  leaks,
  `{ "data": { "train": ${mnist}, "validation": ${others.replace("}", ', "split": 0.1 }')}, ▸"test"◂: ${others} } }`,
  {
    severity: "error",
  },
);

// A share of the training samples mends what validation is, and nothing else.
check(leaks, `{ "data": { "train": ${mnist}, "validation": ${others}, ▸"test"◂: ${again} } }`, { fixes: [] });
check(
  leaks,
  `{ "data": { "train": ${mnist}, "validation": ${others}, "unlabelled": { "type": "idx", "images": "x3" }, ▸"test"◂: { "type": "idx", "images": "x3", "labels": "y3" } } }`,
  { fixes: [] },
);
const own = ["Train the teacher on the student's training samples"];
check(
  leaks,
  `{ "data": { "train": ${part('"take": 100')}, ▸"test"◂: ${part('"skip": 100, "take": 50')} }${withTeacher(mnist)} }`,
  { fixes: own },
);
check(
  leaks,
  `{ "data": { "train": ${part('"take": 100')}, ▸"validation"◂: ${part('"skip": 100, "take": 50')} }${withTeacher(mnist)} }`,
  { fixes: own },
);
test("samples that are the same under other names are left in the teacher's file, which has other places", () => {
  const parsed = parse(withSplits(`"test": ${others}`, withTeacher(others)));
  const found = { ...leak, of: "validation", code: "validation-in-teacher", severity: "warning" } as const;
  const model = modelOf(parsed, knowledgeOf({ ...mnistFiles, x2: { count: 60_000 } }), {
    knownData: () => ({ facts: { leaks: [found] } }),
  });
  const [finding] = [...leaks.check(model as Model)];
  assert.deepEqual(
    finding?.fixes.map(({ title }) => title),
    own,
  );
});
