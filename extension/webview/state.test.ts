import assert from "node:assert/strict";
import { test } from "node:test";
import { initialTable } from "./runTable/tableState.ts";
import {
  initialState,
  restoreState,
  withFollow,
  withOnly,
  withoutShown,
  withShown,
  withZoom,
} from "./state.ts";

test("each shown run gets the lowest free colour, and keeps it", () => {
  const both = withShown(initialState, ["/a", "/b"]);
  assert.deepEqual(both.colours, { "/a": 0, "/b": 1 });
  const other = withShown(withoutShown(both, ["/a"]), ["/c"]);
  assert.deepEqual(other.shown, ["/b", "/c"]);
  assert.equal(other.colours["/c"], 0);
  assert.equal(withShown(other, ["/a"]).colours["/a"], 2, "its colour was taken meanwhile");
});

test("what is opened is shown alone, with the colours that it had", () => {
  const before = withZoom(withFollow(withShown(initialState, ["/a", "/b"]), "/mnist"), [1, 5]);
  const opened = withOnly(before, ["/b", "/c"], ["/mnist", "/mnist"]);
  assert.deepEqual(opened.shown, ["/b", "/c"]);
  assert.equal(opened.colours["/b"], 1);
  assert.equal(opened.colours["/c"], 0);
  assert.equal(opened.zoom, undefined);
  assert.equal(opened.follow, "/mnist");
  assert.equal(withOnly(before, ["/d"], ["/other"]).follow, undefined, "another experiment is not followed");
  const pinned = { ...before, runTable: { ...initialTable, pinned: "/a" } };
  assert.deepEqual(withOnly(pinned, ["/c"], ["/mnist"]).shown, ["/a", "/c"], "what was pinned stays");
});

test("what was kept comes back", () => {
  const state = withZoom(
    withShown({ ...initialState, tab: "table", x: "time", logScale: true, follow: "/mnist" }, ["/a"]),
    [1, 5],
  );
  assert.deepEqual(restoreState(JSON.parse(JSON.stringify(state))), state);
});

test("what is unsound in it is left out, and the rest comes back", () => {
  assert.deepEqual(restoreState({ tab: "other", shown: [1, "/a"], smoothing: 7, zoom: [5, 1] }), {
    ...initialState,
    shown: ["/a"],
  });
  assert.equal(restoreState(undefined), undefined);
});
