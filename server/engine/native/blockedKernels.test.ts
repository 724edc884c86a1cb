import assert from "node:assert/strict";
import { test } from "node:test";
import { sizeOf } from "../../sizeOf.ts";
import { lowerPlain } from "../graph/plain.ts";
import type { LowerProgram } from "../graph/slots.ts";
import { tryBlocks, whyNoBlocks } from "./blockedKernels.ts";

test("the runtime's kernels for blocks are tried once, and give an answer in words where they fail", async () => {
  const first = whyNoBlocks();
  assert.equal(whyNoBlocks(), first);
  const why = await first;
  if (why !== undefined) assert.match(why, /^(a block has|their|the runtime does not take)/);
});

test("blocks of another size, wrong results and models that do not load are reasons not to use them", async () => {
  assert.match((await tryBlocks(lowerPlain, 7)) ?? "", /^a block has \d+ channels on this processor$/);

  const broken: LowerProgram = (graphs) => ({
    ...lowerPlain(graphs),
    models: new Map([["trial", { encoded: Uint8Array.of(1), threads: 1 }]]),
  });
  const size = Number(/\d+/.exec((await tryBlocks(lowerPlain, 7)) ?? "")?.[0]);
  assert.match((await tryBlocks(broken, size)) ?? "", /^the runtime does not take them \(.+\)$/);

  // All filters reversed, as if they were held in another order.
  const wrong: LowerProgram = (graphs) => {
    const { slots, models } = lowerPlain(graphs);
    const reversed = slots.map((slot) => ({
      ...slot,
      order: Int32Array.from({ length: sizeOf(slot.shape) }, (_, i) => sizeOf(slot.shape) - 1 - i),
    }));
    return { slots: reversed, models };
  };
  assert.match((await tryBlocks(wrong, size)) ?? "", /^their \w+.* differs from the standard operators'$/);
  assert.equal(await tryBlocks(lowerPlain, size), undefined);
});
