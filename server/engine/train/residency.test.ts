import assert from "node:assert/strict";
import { test } from "node:test";
import { residency } from "./residency.ts";

const digits = { count: 60_000, shape: [28, 28, 1], values: { dtype: "uint8" } } as const;
const gigabyte = 1e9;

const check = (
  it: Partial<Parameters<typeof residency>[0]>,
  deviceMemory: number | undefined,
  expected: unknown,
  device = "cpu",
) => assert.deepEqual(residency({ train: digits, augment: [], ...it }, { device, deviceMemory }), expected);

test("bytes are held as bytes", () =>
  check({}, 8 * gigabyte, { isResident: true, sentence: "It holds 60,000 samples, 47 MB." }));

test("the teacher's logits are held with them, four bytes each", () =>
  check({ teacher: { kept: 1000 } }, 8 * gigabyte, {
    isResident: true,
    sentence: "It holds 60,000 samples, 287 MB.", // 60,000 · (784 + 4 + 4000)
  }));

test("data take a quarter of the memory, and no more", () => {
  const bytes = 60_000 * 788;
  check({}, 4 * bytes, { isResident: true, sentence: "It holds 60,000 samples, 47 MB." });
  check({}, 4 * bytes - 4, {
    isResident: false,
    sentence: "Batches are fed to it: 60,000 samples take 47 MB, and it has 47 MB for data.",
  });
  check({ train: { ...digits, count: 1_000_000, values: { dtype: "float32" } } }, 8 * gigabyte, {
    isResident: false,
    sentence: "Batches are fed to it: 1,000,000 samples take 3.1 GB, and it has 2.0 GB for data.",
  });
});

test("what is drawn for noise is fed, and augmentation leaves the samples where they are", () => {
  check({ augment: [{ type: "mixup", alpha: 0.2 }] }, 8 * gigabyte, {
    isResident: true,
    sentence: "It holds 60,000 samples, 47 MB, and augments them.",
  });
  check({ augment: [{ type: "noise", std: 0.1 }] }, 8 * gigabyte, {
    isResident: true,
    sentence: "It holds 60,000 samples, 47 MB, and augments them; their noise is fed to it.",
  });
});

test("a step of several batches is fed what is blended with samples of all of them", () => {
  const augment = [{ type: "mixup" as const, alpha: 0.2 }];
  check({ augment, training: { accumulate: 2 } }, 8 * gigabyte, {
    isResident: false,
    sentence: "Batches are fed to it: mixup pairs samples of all batches of a step.",
  });
  check({ augment: [], training: { accumulate: 2 } }, 8 * gigabyte, {
    isResident: true,
    sentence: "It holds 60,000 samples, 47 MB.",
  });
});

test("a CPU is fed images whose pixels have been moved, a card moves them", () => {
  const augment = [
    { type: "mixup" as const, alpha: 0.2 },
    { type: "shift" as const, pixels: 2 },
  ];
  check({ augment }, 8 * gigabyte, {
    isResident: false,
    sentence: "Batches are fed to it: on a CPU augmentation is faster outside of the step.",
  });
  check(
    { augment },
    8 * gigabyte,
    { isResident: true, sentence: "It holds 60,000 samples, 47 MB, and augments them." },
    "gpu:0",
  );
});

test("augmented samples are fed to a teacher that is no part of the step, and so to the step", () =>
  check({ augment: [{ type: "noise", std: 0.1 }], teacher: "beside the step" }, 8 * gigabyte, {
    isResident: false,
    sentence: "Batches are fed to it: the teacher runs on each beside the step.",
  }));

test("augmented samples are seen by a teacher that is part of the step", () =>
  check({ augment: [{ type: "mixup", alpha: 0.1 }], teacher: "in the step" }, 8 * gigabyte, {
    isResident: true,
    sentence: "It holds 60,000 samples, 47 MB, and augments them; the teacher is part of the step.",
  }));

test("how much the teacher says in its layers is not known before it is there", () =>
  check({ teacher: { kept: undefined } }, 8 * gigabyte, {
    isResident: true,
    sentence: "It holds 60,000 samples, 47 MB, and the teacher's layer outputs where they fit.",
  }));

test("an engine that holds no data has nothing to say", () => check({}, undefined, undefined));
