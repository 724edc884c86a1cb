import { type Command, Option } from "commander";
import { oneOf } from "../parameters/words.ts";

/** With what an option has an effect. Its help says so, and given otherwise it is a mistake, because it would be ignored. */
interface Effect {
  /** With one of these alone: `--list`, `--format mlflow`, or the value of an argument, as `tensorflow`. */
  readonly with?: readonly string[];
  /** Not with any of these options. */
  readonly notWith?: readonly string[];
}

type EffectiveOption = Option & { readonly effect?: Effect };

/** An option of a command. @param effect with what it has an effect; always where it is absent */
export function option(flags: string, description: string, effect: Effect = {}): Option {
  const words = [
    ...(effect.with ? [`with ${effect.with.join(", ")}`] : []),
    ...(effect.notWith ? [`not with ${effect.notWith.join(", ")}`] : []),
  ];
  const text = words.length === 0 ? description : `${description} (${words.join(", ")})`;
  return Object.assign(new Option(flags, text), { effect });
}

/** What is wrong with the options of a command line, as a sentence with what to do: the first that would have no effect. */
export function ineffective(command: Command): string | undefined {
  const given = command.options.filter(
    (one: EffectiveOption) => command.getOptionValueSource(one.attributeName()) === "cli",
  );
  const isGiven = (words: string): boolean => {
    const [name, value] = words.split(" ");
    if (!words.startsWith("--")) return command.processedArgs.includes(words);
    const found = given.find(({ long }) => long === name);
    return found !== undefined && (value === undefined || command.opts()[found.attributeName()] === value);
  };
  for (const { long, effect = {} } of given as readonly EffectiveOption[]) {
    const other = effect.notWith?.find(isGiven);
    if (other !== undefined) return `${long} has no effect with ${other}: leave one of them out.`;
    if (effect.with !== undefined && !effect.with.some(isGiven))
      return `${long} has an effect only with ${oneOf(effect.with)}: leave it out, or add that.`;
  }
  return undefined;
}
