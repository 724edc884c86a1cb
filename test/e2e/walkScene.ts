import { distill } from "../run/support.ts";
import { placeOf } from "./mnist.ts";
import { extensionId } from "./package.ts";
import { treeRows } from "./treeRows.ts";
import { until } from "./until.ts";
import type { VSCode } from "./vscode.ts";
import { files } from "./walkFiles.ts";

/** Something that a person sees of the extension: brought up anew for each picture, and taken away after it. */
export interface Scene {
  readonly name: string;
  /** Once, before its first picture. */
  readonly before?: (vs: VSCode) => Promise<void>;
  readonly show?: (vs: VSCode) => Promise<void>;
  readonly leave?: (vs: VSCode) => Promise<void>;
  /** Of a picture of the README: the part of the window that it shows. */
  readonly clip?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

export const panel = (vs: VSCode) => vs.webview(extensionId);
export const dismiss = (vs: VSCode) => vs.press("Escape");
export const choose = (vs: VSCode, words: string, entry: string) => treeRows(() => vs).choose(words, entry);
export const row = (vs: VSCode, words: string | RegExp) =>
  vs.page.locator(".pane-body .monaco-list-row").filter({ hasText: words }).first();
export const firstPick = (vs: VSCode) =>
  vs.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
export const closeToasts = (vs: VSCode) =>
  vs.runCommand("notifications.clearAll", "Notifications: Clear All Notifications");
export const undo = (vs: VSCode) => vs.press("Control+Z");

/** The cursor stands in the text, right of the place by so many characters. */
export async function goTo(vs: VSCode, file: string, text: string, by = 0): Promise<void> {
  await vs.press("Control+1");
  await vs.openFile(file);
  await vs.page.mouse.move(5, 5); // Where it has chosen the file, the tab's tooltip comes up.
  const [line, column] = placeOf(files[file] ?? "", text);
  await vs.goTo(line, column + by);
}

export async function run(vs: VSCode, ...words: string[]): Promise<void> {
  await distill(["run", ...words], { cwd: vs.folders.workspace });
}

/** Throws what the command line says where it refuses or fails. */
export async function succeed(vs: VSCode, words: readonly string[]): Promise<void> {
  const { code, stderr } = await distill(words, { cwd: vs.folders.workspace });
  if (code !== 0) throw new Error(stderr);
}

/** The list of what can stand at the cursor. A busy editor may close the first one, which its answer then comes too late for. */
export async function suggest(vs: VSCode, row: string | RegExp = /./): Promise<void> {
  await until("the list", async () => {
    await vs.press("Control+Space");
    await vs.suggestRows.filter({ hasText: row }).first().waitFor({ timeout: 5_000 });
    return true;
  });
}

/** Drags the edge of the side bar to this width in pixels, of which the editor takes no fewer than 170. */
export async function widenSideBar(vs: VSCode, width: number): Promise<void> {
  const { x, width: before } = (await vs.page.locator(".part.sidebar").boundingBox()) ?? { x: 0, width: 0 };
  const { mouse } = vs.page;
  await mouse.move(x + before + 1, 400);
  await mouse.down();
  await mouse.move(x + width + 1, 400, { steps: 5 });
  await mouse.up();
  await mouse.move(5, 5);
}
