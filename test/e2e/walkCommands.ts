import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { distill } from "../run/support.ts";
import { damaged, ofNewerFormat, withoutServer } from "./damage.ts";
import { offered, pressAll } from "./everyCommand.ts";
import { mnistExperiment, mnistLinks } from "./mnist.ts";
import { packedExtension, screenshots } from "./package.ts";
import { type StartOptions, VSCode } from "./vscode.ts";
import { allThemes, changeTheme } from "./walkThemes.ts";

/**
 * Presses every command of the palette twice where something is wrong, takes a picture each time and prints what was said, for a
 * person to look at. `--state` and `--theme` choose.
 */
interface State extends Partial<StartOptions> {
  readonly name: string;
  /** What is open; nothing when absent. */
  readonly file?: string;
  readonly prepare?: (vs: VSCode) => Promise<void>;
}

const file = "mnist.distill.json";
const right = mnistExperiment({ temperature: 4, epochs: 1 });
const files = { [file]: right };
const settings = { "security.workspace.trust.startupPrompt": "never" };

const states: readonly State[] = [
  { name: "no-folder", isEmpty: true },
  { name: "no-experiment", files: { "notes.txt": "" }, file: "notes.txt" },
  { name: "broken", files: { [file]: right.slice(0, -60) }, file },
  { name: "newer-format", files, file, prepare: (vs) => afterRun(vs, ofNewerFormat) },
  { name: "damaged", files, file, prepare: (vs) => afterRun(vs, damaged) },
  { name: "untrusted", files, file, trusted: false, prepare: (vs) => afterRun(vs) },
  { name: "dead-server", files, file, prepare: (vs) => afterRun(vs, () => withoutServer(vs)) },
];

const { values: options } = parseArgs({
  options: {
    state: { type: "string", multiple: true },
    theme: { type: "string", multiple: true, default: ["dark"] },
    out: { type: "string" },
  },
});
const themes = allThemes.filter(({ name }) => options.theme.includes(name));
const out = options.out ?? path.join(screenshots, "commands");
const vsix = packedExtension();
let wrong = 0;
for (const { name, file: opened, prepare, ...start } of states) {
  if (!(options.state?.includes(name) ?? true)) continue;
  const vs = await VSCode.start({
    vsix,
    links: mnistLinks,
    settings,
    viewport: { width: 1280, height: 800 },
    ...start,
  });
  try {
    await prepare?.(vs);
    if (opened !== undefined) await vs.openFile(opened);
    for (const time of ["once", "twice"]) {
      const { said } = await pressAll(vs, offered, {
        begin: async () => {
          await vs.runCommand("workbench.action.closeAllEditors", "View: Close All Editors");
          if (opened !== undefined) await vs.openFile(opened);
        },
        look: async ({ command }) => {
          const words = [
            ...(await vs.toasts.allInnerTexts()),
            ...(await vs.dialog.allInnerTexts()),
            ...(await vs.page.locator(".quick-input-widget:visible").allInnerTexts()),
          ].map((text) => text.replace(/\s+/g, " ").slice(0, 300));
          console.log(`${name} ${time} ${command}: ${words.join(" | ")}`);
          for (const theme of themes) {
            // A folder has settings; without one the picture is in the editor's own theme.
            if (opened !== undefined) await changeTheme(vs, theme);
            const picture = `${command.slice("distill.".length)}-${time}-${theme.name}.png`;
            await vs.screenshot(path.join(out, name, picture));
          }
          await vs.press("Escape"); // A question that is open takes all keys.
          await vs.runCommand("notifications.clearAll", "Notifications: Clear All Notifications");
        },
      });
      for (const words of said) console.error(`senseless in ${name}: ${words}`);
      wrong += said.length;
    }
    for (const error of vs.hostErrors()) console.error(`logged in ${name}: ${error.slice(0, 500)}`);
  } finally {
    await vs.close();
  }
}
process.exit(wrong === 0 ? 0 : 1);

/** A run of the experiment, and what then befalls its folder. */
async function afterRun(vs: VSCode, befall: (run: string) => unknown = () => undefined): Promise<void> {
  const { workspace } = vs.folders;
  const { code, stderr } = await distill(["run", file], { cwd: workspace });
  if (code !== 0) throw new Error(stderr);
  const runs = path.join(workspace, ".distill", "runs");
  const [run = ""] = fs.readdirSync(runs).filter((name) => !name.startsWith("."));
  await befall(path.join(runs, run));
}
