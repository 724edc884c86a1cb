import assert from "node:assert/strict";
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { targetForTests } from "../../../../test/support/tensorflow.ts";
import { loadFailure, whyNoGpu } from "./loadFailure.ts";
import { cardIn, probe } from "./probe.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "probe-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Tries an engine with a shell script in Node's place, which ends as a process with a broken engine does. */
async function probeEndingWith(script: string): Promise<unknown> {
  const node = path.join(folder, "node");
  await writeFile(node, `#!/bin/sh\n${script}\n`);
  await chmod(node, 0o755);
  return probe("/engine/tfjs_binding.node", { node });
}

const endings: readonly (readonly [string, string, RegExp])[] = [
  ["kill -ILL $$", "no-avx", /lacks AVX/],
  ["kill -BUS $$", "damaged", /truncated/],
  ["kill -SEGV $$", "crashed", /ended with SIGSEGV/],
  ["kill -ABRT $$", "crashed", /ended with SIGABRT/],
  ["exit 132", "no-avx", /AVX/], // as a shell between the two reports SIGILL
  [
    "echo 'symbol lookup error: undefined symbol: TF_X' >&2; exit 127",
    "wrong-build",
    /have different versions/,
  ],
  ['echo "version \\`GLIBC_2.38\' not found" >&2; exit 1', "glibc-too-old", /newer C library/],
  ["echo 'NODE_MODULE_VERSION 93' >&2; exit 1", "wrong-build", /another platform/],
  ["echo 'libz.so.1: cannot open shared object file' >&2; exit 1", "library-missing", /libz\.so\.1/],
  [
    "echo 'libtensorflow_cc.so.2: cannot open shared object file' >&2; exit 1",
    "incomplete",
    /file of the engine/,
  ],
  ["exit 3", "load-failed", /could not be loaded/],
  [`echo '{"sums":[1,2],"tensorflow":"2.21.0","gpu":false}'`, "load-failed", /wrong results: .* found 1,2/],
];
for (const [script, code, message] of endings)
  test(`an engine whose process does: ${script}`, () =>
    assert.rejects(probeEndingWith(script), { name: "EngineError", code, message }));

test("an engine that works", async () => {
  const works = `echo '{"sums":[28,92],"tensorflow":"2.21.0","gpu":false}'`;
  assert.deepEqual(await probeEndingWith(works), { tensorflow: "2.21.0", gpu: false });
});

test("an addon that is not there, or is no library", async () => {
  await assert.rejects(probe(path.join(folder, "tfjs_binding.node")), { code: "incomplete" });
  const garbage = path.join(folder, "garbage.node");
  await writeFile(garbage, "not a library at all, but long enough for a header. ".repeat(10));
  await assert.rejects(probe(garbage), { code: "wrong-build" });
  await writeFile(garbage, "");
  await assert.rejects(probe(garbage), { code: "wrong-build" });
});

const installed = await targetForTests();
const isBuiltHere = installed?.engine.source === "folder";

test("the engine of this machine with a library cut short, of another program, and gone", {
  skip: isBuiltHere ? false : "there is no TensorFlow engine that was built here",
}, async () => {
  const engine = installed?.engine.folder ?? "";
  const framework = path.join(folder, "lib", "libtensorflow_framework.so.2");
  await mkdir(path.join(folder, "lib"));
  for (const library of await readdir(path.join(engine, "lib")))
    await symlink(path.join(engine, "lib", library), path.join(folder, "lib", library));
  // Its libraries are looked for beside the addon itself, so that it has to be a copy.
  const addon = path.join(folder, "tfjs_binding.node");
  await copyFile(path.join(engine, "tfjs_binding.node"), addon);
  assert.equal((await probe(addon)).gpu, false);

  await rm(framework);
  await assert.rejects(probe(addon), { code: "incomplete" });
  await copyFile(addon, framework);
  await assert.rejects(probe(addon), { code: "wrong-build", message: /have different versions/ });
  await copyFile(path.join(engine, "lib", path.basename(framework)), framework);
  await truncate(framework, (await stat(framework)).size / 2);
  await assert.rejects(probe(addon), { code: "damaged", message: /truncated/ });
});

test("a probe that is cancelled is ended", async () => {
  await assert.rejects(probe("/none", { signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("what was said is kept for those who help", () =>
  assert.equal(loadFailure({ message: " some words \n", code: 1 }).detail, "some words"));

test("why the GPU build runs on the CPU", () => {
  const reasons: readonly (readonly [string, RegExp])[] = [
    ["cudart_stub.cc:31] Could not find cuda drivers on your machine", /libcuda\.so\.1/],
    [
      "failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)",
      /libcuda\.so\.1/,
    ],
    [
      "failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected",
      /refused to start: CUDA_ERROR_NO_DEVICE/,
    ],
    [
      "Ignoring visible gpu device (device: 0, name: Tesla K80, pci bus id: 0000:00:1e.0, compute capability: 3.7) with core count: 13 with Cuda compute capability 3.7. The minimum required Cuda capability is 6.0.",
      /^The card's compute capability is 3\.7; TensorFlow needs 6\.0 or more\.$/,
    ],
    ["Cannot dlopen some GPU libraries. Please make sure", /CUDA library could not be opened/],
    ["", /libnvidia-ml/],
  ];
  for (const [log, reason] of reasons) assert.match(whyNoGpu(log), reason);
});

test("the card that TensorFlow names", () =>
  assert.equal(
    cardIn(
      "Created device /job:localhost/replica:0/task:0/device:GPU:0 with 20480 MB memory:  -> device: 0, name: NVIDIA L4, pci bus id: 0000:00:03.0, compute capability: 8.9",
    ),
    "NVIDIA L4, 20480 MB, compute capability 8.9",
  ));
