import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Refresher } from "./refresher.ts";

test("lenses are asked for once a second at most, at an end at once, and once more after the last change", (t) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1e6 });
  t.after(() => mock.timers.reset());
  let asked = 0;
  const connection = {
    sendRequest: () => {
      asked++;
      refresher.heard(); // as by a client that keeps up
      return Promise.resolve();
    },
  };
  const refresher = new Refresher(connection as ConstructorParameters<typeof Refresher>[0], {
    workspace: { codeLens: { refreshSupport: true } },
  });
  const after = (milliseconds: number) => {
    mock.timers.tick(milliseconds);
    return asked;
  };
  refresher.lenses();
  assert.equal(after(0), 1);
  for (let change = 0; change < 20; change++) {
    refresher.lenses();
    after(100);
  }
  assert.equal(asked, 3, "two seconds of changes");
  refresher.lenses({ atOnce: true });
  assert.equal(after(0), 4);
  assert.equal(after(1499), 4);
  assert.equal(after(1), 5);
  assert.equal(after(10_000), 5);
});

test("a client that is slow to ask is told ever more rarely, and as before once it has asked", (t) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1e6 });
  t.after(() => mock.timers.reset());
  const told: number[] = [];
  const connection = {
    sendRequest: () => Promise.resolve(void told.push(Math.floor((Date.now() - 1e6) / 1000))),
  };
  const refresher = new Refresher(connection as unknown as ConstructorParameters<typeof Refresher>[0], {
    workspace: { codeLens: { refreshSupport: true } },
  });
  const change = (seconds: number) => {
    for (let changes = 0; changes < 10 * seconds; changes++) {
      refresher.lenses();
      mock.timers.tick(100);
    }
  };
  change(50);
  assert.deepEqual(told, [0, 2, 6, 14, 30, 46]);
  refresher.heard();
  change(1);
  assert.deepEqual(told.slice(6), [50]);
});

test("a client that does not know how is asked nothing", () => {
  const connection = { sendRequest: () => assert.fail("asked") };
  const refresher = new Refresher(connection as unknown as ConstructorParameters<typeof Refresher>[0], {});
  refresher.lenses({ atOnce: true });
  refresher.hints();
  refresher.close();
});
