import { check } from "../../../test/support/checkRule.ts";
import { alikeClasses } from "./alikeClasses.ts";

const table = (label: string) =>
  `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": ${label} } } }`;

check(alikeClasses, table('▸"y"◂'), {
  files: { "t.csv": { classes: 4, classNames: ["No", "Yes", "no", "yes "] } },
  severity: "warning",
  message: /^Classes differ in capitals or blanks alone: "No" and "no", "Yes" and "yes "\. Each is learned/,
});
check(alikeClasses, table('"y"').replace('"data": {', '"data": { "exclude": ["no"],'), {
  files: { "t.csv": { classes: 3, classNames: ["No", "Yes", "no"] } },
});
check(alikeClasses, table('"y"'), { files: { "t.csv": { classes: 2, classNames: ["no", "not"] } } });
check(alikeClasses, table('"y"'), { files: { "t.csv": { classes: 2, classNames: ["A", "a"] } } });
check(alikeClasses, table('"y"'), { files: { "t.csv": { classes: 3 } } });
// Several files of one source name them each.
check(alikeClasses, '{ "data": { "train": { "type": "idx", "images": "a", "labels": "b" } } }', {
  files: { a: { classNames: ["cat", "dog"] }, b: { classes: 2, classNames: ["cat", "dog"] } },
});
