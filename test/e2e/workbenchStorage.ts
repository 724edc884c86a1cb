import type { Page } from "playwright-core";
import { within } from "./until.ts";

/*
 * What a workbench in a browser keeps of itself there, and finds after a reload: IndexedDB, a table of texts by key. It
 * writes some seconds after a change, so a test that reloads has to know whether it has.
 */

/** Whether the workbench has written a text like this; throws where the database does not answer in time. */
export const hasStored = (page: Page, text: RegExp): Promise<boolean> =>
  within(
    hasStoredNow(page, text),
    10_000, // Opening waits for as long as another connection of the page keeps the database to itself.
  );

const hasStoredNow = (page: Page, text: RegExp): Promise<boolean> =>
  inTables<boolean>(
    page,
    "readonly",
    `(await done(table.getAll())).some((value) => ${text}.test(String(value)))`,
  ).then((found) => found.includes(true));

/** Takes what the workbench has written of its tabs away, as if it had not come to it yet. */
export async function forgetTabs(page: Page): Promise<void> {
  await inTables(page, "readwrite", `await done(table.delete("memento/workbench.parts.editor"))`);
}

/**
 * What `act` gives for each of the workbench's tables.
 * @param act an expression of the page's: `table` is an IDBObjectStore, `done` awaits a request of it
 */
function inTables<T>(page: Page, mode: "readonly" | "readwrite", act: string): Promise<T[]> {
  return page.evaluate(`(async () => {
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const results = [];
    for (const { name } of await indexedDB.databases()) {
      if (!name.startsWith("vscode-web-state-db")) continue;
      const database = await done(indexedDB.open(name));
      const table = database.transaction("ItemTable", "${mode}").objectStore("ItemTable");
      results.push(${act});
      database.close();
    }
    return results;
  })()`);
}
