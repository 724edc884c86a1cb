import { check } from "../../../test/support/checkRule.ts";
import { headMissing } from "./headMissing.ts";

const student = (rest: string) => `{ "student": { "model": "s.onnx"${rest} } }`;
const files = { "s.onnx": { hasHead: false } };

check(headMissing, student(`, "head": ▸"replace"◂`), { files, message: /do not come from a dense layer/ });
check(headMissing, student(`, "head": "keep"`), { files });
check(headMissing, student(`, "head": "replace"`), { files: { "s.onnx": { hasHead: true } } });
// Of a file that could not be read nothing is known.
check(headMissing, student(`, "head": "replace"`), { files: { "s.onnx": {} } });
