import type { VSCode } from "./vscode.ts";

interface Theme {
  readonly name: string;
  readonly id: string;
  /** The class of the workbench in it. */
  readonly shell: string;
}

/** The kinds of themes that an editor has. */
export const allThemes: readonly Theme[] = [
  { name: "dark", id: "Default Dark Modern", shell: "vs-dark" },
  { name: "light", id: "Default Light Modern", shell: "vs" },
  { name: "hc-dark", id: "Default High Contrast", shell: "hc-black" },
  { name: "hc-light", id: "Default High Contrast Light", shell: "hc-light" },
];

export async function changeTheme(vs: VSCode, { id, shell }: Theme): Promise<void> {
  // The toggle of the inline chart is in the user's settings.
  vs.writeWorkspaceSettings({ "workbench.colorTheme": id });
  await vs.page.locator(`.monaco-workbench.${shell}`).waitFor();
}
