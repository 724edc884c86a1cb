import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheLimit } from "../data/cache/room.ts";
import { limitImageCache } from "./imageCacheLimit.ts";

test("the setting limits decoded images until it is taken back", () => {
  const before = cacheLimit();
  limitImageCache({ imageCacheGigabytes: 2.5 });
  assert.equal(cacheLimit(), 2.5e9);
  limitImageCache({ imageCacheGigabytes: "much" as unknown as number });
  assert.equal(cacheLimit(), before);
  limitImageCache({ imageCacheGigabytes: 3 });
  limitImageCache({});
  assert.equal(cacheLimit(), before);
});
