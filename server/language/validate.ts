import type { ErrorObject } from "ajv";
import type { JSONPath, Node } from "jsonc-parser";
import { validate as isExperiment } from "../../schemas/experiment.validate.gen.mjs";
import { mostOfOneKind } from "./bounded.ts";
import { type Knowledge, nothingKnown } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { type KnownValue, knownValue } from "./mistakes/knownValue.ts";
import { missingKey, undecided } from "./mistakes/missingKey.ts";
import type { Mistaken } from "./mistakes/place.ts";
import { unknownKey } from "./mistakes/unknownKey.ts";
import { outOfRange, unknownValue, wrongLength, wrongText, wrongType } from "./mistakes/wrongValue.ts";
import { dataOf, keyOf, type Parsed, properties } from "./parse.ts";
import { respelled } from "./respelled.ts";
import { triedPlace } from "./sweptConditions.ts";

export interface Validation {
  /** Differences between the text and the schema: found, expected, and a suggestion. */
  readonly findings: readonly Finding[];
  /** The text with misspelled keys corrected. */
  readonly meant: Parsed;
}

/** Validates below a misspelled key as if it were correct, so that one mistake is one finding. @param knowledge of files, which may know a missing value */
export function validate(parsed: Parsed, knowledge = nothingKnown): Validation {
  const findings: Finding[] = [];
  let meant = parsed;
  for (let depth = 0; depth < deepestMisspelling && findings.length < mostOfOneKind; depth++) {
    const found = differences(meant, knowledge);
    const { parsed: next, misspelled } = respelled(meant, found);
    if (misspelled.length === 0) return { findings: [...findings, ...found], meant };
    findings.push(...misspelled);
    meant = next;
  }
  return { findings, meant };
}

/** Misspelled keys below misspelled keys: the schema has no more levels. */
const deepestMisspelling = 10;

function differences({ root, text }: Parsed, knowledge: Knowledge): Finding[] {
  if (!root || isExperiment(dataOf(root))) return [];
  const problems = isExperiment.errors ?? [];
  const ofType = new Set(problems.flatMap((one) => (one.keyword === "type" ? [one.instancePath] : [])));
  // A value of the wrong type is none of the known ones either: that is one mistake.
  const isRepeated = ({ keyword, instancePath }: ErrorObject) =>
    keyword === "enum" && ofType.has(instancePath);
  // Each costs a walk through the text.
  return problems.slice(0, mostOfOneKind).flatMap((problem) => {
    const mistaken = isRepeated(problem) ? undefined : mistakenValue(problem, root, text);
    return mistaken ? describe(problem, mistaken, (key) => knownValue(key, root, knowledge)) : [];
  });
}

function describe(
  { keyword, params }: ErrorObject,
  mistaken: Mistaken,
  known: (key: string) => KnownValue | undefined,
): Finding[] {
  const { node, schema } = mistaken;
  switch (keyword) {
    case "additionalProperties":
      return unknownKey(String(params["additionalProperty"]), mistaken);
    case "required": {
      const key = String(params["missingProperty"]);
      return [missingKey(key, mistaken, known(key))];
    }
    case "enum":
      return [unknownValue(mistaken, params["allowedValues"])];
    case "const":
      return [unknownValue(mistaken, [params["allowedValue"]])];
    case "false schema":
      return [
        node.type === "object" && !schema.oneOf?.some((branch) => branch.type)
          ? undecided(mistaken)
          : wrongType(mistaken),
      ];
    case "type":
      return [wrongType(mistaken)];
    case "minItems":
    case "maxItems":
      return [wrongLength(mistaken)];
    case "pattern":
      return [wrongText(mistaken)];
    default:
      return [outOfRange(mistaken)];
  }
}

/** The node that a problem is about; none for `if`, which only repeats that a branch has failed. */
function mistakenValue(
  { keyword, instancePath }: ErrorObject,
  root: Node,
  text: string,
): Mistaken | undefined {
  if (keyword === "if") return undefined;
  let node: Node | undefined = root;
  const path: JSONPath = [];
  for (const escaped of instancePath.split("/").slice(1)) {
    const key = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    const isList: boolean = node?.type === "array";
    path.push(isList ? Number(key) : key);
    // Of a duplicate key, the last one counts.
    node = isList
      ? node?.children?.[Number(key)]
      : properties(node).findLast((property) => keyOf(property) === key)?.children?.[1];
  }
  const place = triedPlace(root, path);
  return node && place ? { node, text, ...place } : undefined;
}
