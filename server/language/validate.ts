import type { ErrorObject } from "ajv";
import type { JSONPath, Node } from "jsonc-parser";
import { validate as isExperiment } from "../../schemas/experiment.validate.gen.mjs";
import type { Finding } from "./finding.ts";
import { missingKey, undecided } from "./mistakes/missingKey.ts";
import type { Mistaken } from "./mistakes/place.ts";
import { meantKey, unknownKey } from "./mistakes/unknownKey.ts";
import { outOfRange, unknownValue, wrongLength, wrongText, wrongType } from "./mistakes/wrongValue.ts";
import { dataOf, keyOf, type Parsed, properties } from "./parse.ts";
import { placeAt } from "./schema/choose.ts";

/** Where the text differs from the schema: what was found, what was expected, and what was probably meant. */
export function validate({ root, text }: Parsed): Finding[] {
  if (!root || isExperiment(dataOf(root))) return [];
  const problems = (isExperiment.errors ?? []).slice(0, mostProblems).flatMap((problem) => {
    const mistaken = mistakenValue(problem, root, text);
    return mistaken ? [{ problem, mistaken }] : [];
  });
  // A key that is only misspelled is not missing as well.
  const misspelled = new Set(problems.map(({ problem, mistaken }) => meantPath(problem, mistaken)));
  return problems.flatMap(({ problem, mistaken }) => {
    const missing = problem.params["missingProperty"];
    const isMisspelled = missing !== undefined && misspelled.has(`${problem.instancePath}/${missing}`);
    return isMisspelled ? [] : describe(problem, mistaken);
  });
}

/** Where the key would be that an unknown key stands for. */
function meantPath({ keyword, params, instancePath }: ErrorObject, mistaken: Mistaken): string | undefined {
  if (keyword !== "additionalProperties") return undefined;
  const meant = meantKey(String(params["additionalProperty"]), mistaken);
  return meant && `${instancePath}/${meant}`;
}

/** Nobody reads more of them, and each costs a walk through the text. */
const mostProblems = 100;

function describe({ keyword, params }: ErrorObject, mistaken: Mistaken): Finding[] {
  const { node, schema } = mistaken;
  switch (keyword) {
    case "additionalProperties":
      return unknownKey(String(params["additionalProperty"]), mistaken);
    case "required":
      return [missingKey(String(params["missingProperty"]), mistaken)];
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
    // Of a key that is there twice, the last one counts.
    node = isList
      ? node?.children?.[Number(key)]
      : properties(node).findLast((property) => keyOf(property) === key)?.children?.[1];
  }
  const place = placeAt(root, path);
  return node && place ? { node, text, ...place } : undefined;
}
