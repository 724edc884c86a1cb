import { setTimeout as sleep } from "node:timers/promises";
import manifest from "../../package.json" with { type: "json" };
import type { VSCode } from "./vscode.ts";

const { commands, menus } = manifest.contributes;
const hidden = new Set(menus.commandPalette.map(({ command }) => command));

/** The commands of the palette. */
export const offered = commands.filter(({ command }) => !hidden.has(command));
export type Offered = (typeof offered)[number];

/** What the editor says of a command that no person can make anything of. */
const senseless =
  /not found|TypeError|ReferenceError|undefined|\[object |Cannot read|connection got disposed/;

export interface Pressing {
  /** Before each command. */
  readonly begin: () => Promise<unknown>;
  /** Where a command has led, before that is left. */
  readonly look?: (command: Offered) => Promise<unknown>;
}

/** Presses every command that is offered, and goes away from whatever it asks. @returns their ids, and what was senseless */
export async function pressAll(
  vs: VSCode,
  wanted: readonly Offered[],
  { begin, look }: Pressing,
): Promise<{ readonly pressed: readonly string[]; readonly said: readonly string[] }> {
  const pressed: string[] = [];
  const said: string[] = [];
  for (const entry of wanted) {
    const { command, title } = entry;
    await begin();
    const isOffered = () => vs.offers(command, `Distillery: ${title}`);
    if (!(await isOffered())) continue;
    try {
      await vs.runCommand(command, `Distillery: ${title}`);
    } catch (error) {
      if (await isOffered()) throw error;
      continue; // The run that it was for has ended meanwhile.
    }
    pressed.push(command);
    await sleep(700);
    for (const text of await vs.toasts.allInnerTexts())
      if (senseless.test(text)) said.push(`${command}: ${text}`);
    await look?.(entry);
    for (let k = 0; k < 3; k++) await vs.press("Escape");
  }
  return { pressed, said };
}
