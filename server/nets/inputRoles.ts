import { quoted } from "../parameters/words.ts";

/** What a teacher's model can be fed, in words for who chooses. */
export const inputRoles = {
  sample: "the sample",
  tokens: "the numbers of a text's tokens: the sample, too",
  mask: "1 on the tokens of a text and 0 on its padding; of an image 1 everywhere",
  padding: "1 on the padding and else 0",
  types: "1 for the second of two texts, else 0",
  positions: "0, 1, 2, … along a text",
  height: "the image's height in pixels",
  width: "its width",
  size: "both, the height first",
} as const;
type InputRole = keyof typeof inputRoles;

const isInputRole = (text: string): text is InputRole => Object.hasOwn(inputRoles, text);

/** A role, or a number that fills the input. */
export type InputFeed = InputRole | number;

/** What each input of a model is fed; one is fed the sample. */
export interface InputPlan {
  /** Name of the input that takes the sample. */
  readonly sample: string;
  /** The others, in the model's order. */
  readonly others: readonly { readonly name: string; readonly feed: InputFeed }[];
  /** Names of inputs of which it was found out. */
  readonly guessed: readonly string[];
}

export interface RequestedInputs {
  /** Name of the input that takes the sample. */
  readonly input?: string | undefined;
  /** What each is fed; what is no {@link InputFeed} does not count. */
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
}

/** @param unknown the name that no input has; absent where something else is wrong */
export interface InputMistake {
  readonly message: string;
  readonly hint: string;
  readonly unknown?: string;
}

/** What each input of a model is fed: as the experiment says, else by its name. */
export function inputPlan(
  names: readonly string[],
  { input, inputs = {} }: RequestedInputs,
): InputPlan | InputMistake {
  const unknown = [...Object.keys(inputs), ...(input === undefined ? [] : [input])].find(
    (name) => !names.includes(name),
  );
  if (unknown !== undefined)
    return {
      message: `the model has no input named ${quoted(unknown)}`,
      hint: `Its inputs are ${names.map(quoted).join(", ")}.`,
      unknown,
    };
  const told = (name: string): InputFeed | undefined => {
    const given = Object.hasOwn(inputs, name) ? inputs[name] : name === input ? "sample" : undefined;
    return typeof given === "number" || (typeof given === "string" && isInputRole(given)) ? given : undefined;
  };
  const feeds = new Map<string, InputFeed | undefined>(
    names.map((name) => [name, told(name) ?? (names.length === 1 ? "sample" : roleIn(name))]),
  );
  const takers = names.filter((name) => isSample(feeds.get(name)));
  const chosen = takers.filter((name) => told(name) !== undefined);
  // An input named as the sample's excludes the others.
  if (chosen.length > 0) for (const name of takers) if (!chosen.includes(name)) feeds.set(name, undefined);
  const unclear = names.filter((name) => feeds.get(name) === undefined);
  const [only, ...more] = unclear;
  if (takers.length === 0 && only !== undefined && more.length === 0) feeds.set(only, "sample");
  const samples = names.filter((name) => isSample(feeds.get(name)));
  const open = names.filter((name) => feeds.get(name) === undefined);
  const [sample] = samples;
  if (open.length > 0 || samples.length !== 1 || sample === undefined)
    return { message: whatIsUnclear(open, samples), hint: example(names, feeds) };
  return {
    sample,
    others: names.flatMap((name) => (name === sample ? [] : [{ name, feed: feeds.get(name) as InputFeed }])),
    guessed: names.length === 1 ? [] : names.filter((name) => told(name) === undefined),
  };
}

const isSample = (feed: InputFeed | undefined): boolean => feed === "sample" || feed === "tokens";

/**
 * Names that exporters of Hugging Face, PyTorch and TensorFlow use; a padding mask has two possible meanings, so no name implies
 * it.
 */
function roleIn(name: string): InputRole | undefined {
  const word = name.toLowerCase().replace(/:\d+$/, "");
  if (/pad/.test(word)) return undefined;
  if (/mask/.test(word)) return "mask";
  if (/segment|token_?type|type_?ids/.test(word)) return "types";
  if (/position/.test(word)) return "positions";
  if (/(input|word|token)_?ids$|^(ids|tokens)$/.test(word)) return "tokens";
  if (/^(im|img|image|orig|original|target|input)?(_?target)?_?(sizes?|hw)$|^im(age|g)?_shape$/.test(word))
    return "size";
  if (/^(im_?|img_?|image_?)?(height|h)$/.test(word)) return "height";
  if (/^(im_?|img_?|image_?)?(width|w)$/.test(word)) return "width";
  return undefined;
}

function whatIsUnclear(open: readonly string[], samples: readonly string[]): string {
  if (open.length > 0)
    return `what the input${open.length === 1 ? "" : "s"} ${open.map(quoted).join(", ")} ${open.length === 1 ? "is" : "are"} fed does not show from ${open.length === 1 ? "its name" : "their names"}`;
  return samples.length === 0
    ? "no input takes the sample"
    : `the inputs ${samples.map(quoted).join(", ")} would all take the sample`;
}

function example(names: readonly string[], feeds: ReadonlyMap<string, InputFeed | undefined>): string {
  const parts = names.map((name) => `${quoted(name)}: ${JSON.stringify(feeds.get(name) ?? "…")}`);
  const roles = Object.keys(inputRoles).map(quoted).join(", ");
  return `Say it: "inputs": { ${parts.join(", ")} }, each ${roles} or a number. Of one that is fed anything else, such as a part of the sample, store what the model says in Python and teach from that ("type": "outputs").`;
}

/** "input_ids: tokens, attention_mask: mask", for a person. */
export const planWords = ({ sample, others }: InputPlan, { isText }: { readonly isText: boolean }): string =>
  [
    `${quoted(sample)} takes the ${isText ? "tokens" : "sample"}`,
    ...others.map(
      ({ name, feed }) => `${quoted(name)} ${typeof feed === "number" ? String(feed) : `the ${feed}`}`,
    ),
  ].join(", ");
