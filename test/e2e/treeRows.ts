import { until } from "./until.ts";
import type { VSCode } from "./vscode.ts";

/** The rows of the runs tree, their buttons and menus. */
export function treeRows(vs: () => VSCode) {
  return { placeIn, press, choose, take };

  /**
   * Where on the screen a row with these words is; undefined while it is not there. By place and not by element: the tree draws its
   * rows anew every second and may take the element for another row meanwhile.
   */
  function placeIn(words: string): Promise<{ x: number; y: number } | undefined> {
    return vs().page.evaluate(`(() => {
      const box = ${found(words)}?.getBoundingClientRect();
      return box && box.width > 0 ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : undefined;
    })()`);
  }

  /**
   * The button of a row, which is there while the mouse is over it. It is found and clicked in one step, since a button that is drawn
   * anew between pressing and releasing the mouse takes no click, and one that was taken must not be clicked again.
   */
  async function press(words: string, button: string): Promise<void> {
    await until(`the button "${button}" of "${words}"`, async () => {
      const row = await placeIn(words);
      if (row) await vs().page.mouse.move(row.x, row.y);
      return vs().page.evaluate(`(() => {
        const found = ${found(words, button)};
        if (!(found?.getBoundingClientRect().width > 0)) return false;
        found.click();
        return true;
      })()`);
    });
  }

  /** An entry of a row's menu. */
  async function choose(words: string, entry: string): Promise<void> {
    const menu = vs().page.locator(".monaco-menu");
    const label = menu.locator(".action-label").getByText(entry, { exact: true });
    await until(`the menu of "${words}" with "${entry}"`, async () => {
      const row = await placeIn(words);
      if (row) await vs().page.mouse.click(row.x, row.y, { button: "right" });
      try {
        await label.waitFor({ timeout: 3_000 });
        return true;
      } catch (error) {
        await vs().press("Escape"); // An open menu covers everything.
        throw error;
      }
    });
    await take(entry);
  }

  /** An entry of the menu that is open. It takes no click in its first moments, so the entry is clicked until the menu is gone. */
  async function take(entry: string): Promise<void> {
    const menu = vs().page.locator(".monaco-menu");
    await until(`"${entry}" to be taken`, async () => {
      if (await menu.isVisible())
        await menu.locator(".action-label").getByText(entry, { exact: true }).click({ timeout: 1_000 });
      return menu.isHidden();
    });
  }
}

/** For the page: the row with these words, or a button of it. */
function found(words: string, button?: string): string {
  const rows = '[...document.querySelectorAll(".pane-body .monaco-list-row")]';
  const row = `${rows}.find(({ textContent }) => textContent.includes(${JSON.stringify(words)}))`;
  return button === undefined ? row : `${row}?.querySelector('.action-label[aria-label^="${button}"]')`;
}
