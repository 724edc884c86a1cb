import { warning } from "../finding.ts";
import { items, member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Classes that a person would read as one, as of answers that were typed in by hand. */
export const alikeClasses: Rule = {
  code: "alike-classes",
  *check({ at, data: { train } }) {
    const label = member(train?.node, "label") ?? train?.files.at(-1)?.reference.node;
    const told = train?.files.flatMap(({ knowledge }) => knowledge?.facts?.classNames ?? []);
    const names = [...new Set(told)];
    const left = items(at("data", "exclude")).map(textOf);
    const first = new Map<string, string>();
    const alike = names
      .filter((name) => !left.includes(name) && !isLetter(name))
      .flatMap((name) => {
        const key = name.trim().toLowerCase();
        const other = first.get(key);
        first.set(key, other ?? name);
        return other === undefined ? [] : [`${JSON.stringify(other)} and ${JSON.stringify(name)}`];
      });
    if (label === undefined || alike.length === 0) return;
    const more = alike.length > mostShown ? ` and ${alike.length - mostShown} more` : "";
    yield warning(
      label,
      `Classes differ in capitals or blanks alone: ${alike.slice(0, mostShown).join(", ")}${more}. Each is learned as a class of its own. Where they mean the same, write them alike in the files.`,
    );
  },
};

/** Letters may be what is told apart. */
const isLetter = (name: string): boolean => [...name].length === 1;

const mostShown = 4;
