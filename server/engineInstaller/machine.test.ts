import assert from "node:assert/strict";
import { test } from "node:test";
import { type Machine, machineProblem, readMachine } from "./machine.ts";

const fit: Machine = { platform: "linux", architecture: "x64", glibc: "2.27", cpuFlags: "fpu sse avx avx2" };

function check(machine: Machine, code: string | undefined, message?: RegExp): void {
  const problem = machineProblem(machine);
  assert.equal(problem?.code, code);
  if (message) assert.match(problem?.message ?? "", message);
}

test("a machine that is just new enough is fit", () => check(fit, undefined));

test("other platforms and processors are named", () => {
  check({ ...fit, platform: "darwin", architecture: "arm64" }, "unsupported-platform", /darwin on arm64/);
  check({ ...fit, architecture: "arm64" }, "unsupported-platform", /linux on arm64/);
});

test("another C library, or one that is too old", () => {
  const { glibc: _, ...musl } = fit;
  check(musl, "no-glibc", /GNU C library/);
  check({ ...fit, glibc: "2.26" }, "glibc-too-old", /needs glibc 2\.27; this system has 2\.26/);
  check({ ...fit, glibc: "3.0" }, undefined);
});

test("a processor without AVX; flags that only contain the letters do not count", () => {
  check({ ...fit, cpuFlags: "fpu sse" }, "no-avx", /lacks AVX/);
  check({ ...fit, cpuFlags: "fpu avx512f" }, "no-avx");
});

test("a processor that cannot be asked is given the benefit of the doubt", () => {
  const { cpuFlags: _, ...silent } = fit;
  check(silent, undefined);
});

test("this machine can be read", async () => {
  const { platform, architecture } = await readMachine();
  assert.deepEqual([platform, architecture], [process.platform, process.arch]);
});
