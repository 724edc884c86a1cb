import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readAudit } from "./audit.ts";
import { decoderBinaries, licenceProblems, shippedPackages } from "./licences.ts";

const { version: runtime }: { version: string } = createRequire(import.meta.url)(
  "onnxruntime-node/package.json",
);

/** Licence by package; those beside the bundles are always included. */
const cases: readonly [license: unknown, problem: string | undefined][] = [
  ["MIT", undefined],
  ["Apache-2.0 AND MIT", undefined],
  ["GPL-3.0-only", "p 1.2.3 is under GPL-3.0-only, which is not among the allowed licences."],
  ["MIT AND AGPL-3.0-only", "p 1.2.3 is under AGPL-3.0-only, which is not among the allowed licences."],
  ["MIT OR GPL-2.0", "p 1.2.3 is under MIT OR GPL-2.0, which is not among the allowed licences."],
  ["SEE LICENSE IN EULA", "p 1.2.3 is under SEE LICENSE IN EULA, which is not among the allowed licences."],
  ["", "p 1.2.3 names no licence in its package.json."],
  [undefined, "p 1.2.3 names no licence in its package.json."],
  [{ type: "MIT" }, "p 1.2.3 names no licence in its package.json."],
];

test("a bundled package with a licence that is refused or not known is told", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "licences-"));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, "dist"));
  await writeFile(join(root, "dist", "bundled-packages.json"), '["p"]');
  const install = async (name: string, license: unknown, version = "1.2.3") => {
    const folder = join(root, "node_modules", name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ name, version, license }));
    await writeFile(join(folder, "LICENSE"), "the text");
  };
  await install("onnxruntime-common", "MIT");
  await install("onnxruntime-node", "MIT", runtime);
  for (const [license, problem] of cases) {
    await install("p", license);
    assert.deepEqual(licenceProblems(shippedPackages(root)), problem === undefined ? [] : [problem]);
  }
  await install("p", "LGPL-3.0-or-later");
  assert.equal(licenceProblems(shippedPackages(root)).length, 1, "within a bundle it cannot be replaced");
  await install("p", "MIT");
  for (const name of decoderBinaries(`${process.platform}-${process.arch}`))
    await install(name, "LGPL-3.0-or-later");
  assert.deepEqual(licenceProblems(shippedPackages(root)), [], "as a file beside the bundles it can");
  await rm(join(root, "node_modules", "p", "LICENSE"));
  assert.deepEqual(licenceProblems(shippedPackages(root)), [
    "p 1.2.3 has no text of its licence. Put its authors into scripts/licences.ts.",
  ]);
  await install("p", "MIT");
  await rm(join(root, "node_modules", "onnxruntime-node", "LICENSE"));
  const [, { name, text = "" } = assert.fail()] = shippedPackages(root);
  assert.equal(name, "onnxruntime-node");
  assert.match(text, /^Copyright .* Microsoft Corporation\n\nPermission is hereby granted/);
  assert.match(text, /protocolbuffers\/protobuf\s+Copyright 2008 Google Inc\./, "what is in the library");
  assert.match(text, /dxcompiler\.dll[\s\S]*University of Illinois/, "what lies beside it on Windows");
  await install("onnxruntime-node", "MIT", "99.0.0");
  assert.deepEqual(licenceProblems(shippedPackages(root)), [
    "onnxruntime-node 99.0.0 has no notices of the libraries in it. Put ThirdPartyNotices.txt of its release into scripts/licences/onnxruntime-node-99.0.0.txt.",
  ]);
  await install("onnxruntime-node", "Proprietary");
  assert.equal(licenceProblems(shippedPackages(root)).length, 1, "beside the bundles");
});

const lock = {
  packages: {
    "node_modules/shipped": { dev: true },
    "node_modules/installed": {},
    "node_modules/tool": { dev: true },
    "node_modules/tool/node_modules/installed": { dev: true },
  },
};
const audited = (...names: readonly string[]) =>
  JSON.stringify({
    vulnerabilities: Object.fromEntries(
      names.map((name) => [
        name.split("/").at(-1),
        { severity: "high", range: "<2", nodes: [`node_modules/${name}`] },
      ]),
    ),
  });

test("an advisory counts where the package is shipped or installed with the product", () => {
  const read = (printed: string) => readAudit(printed, lock, new Set(["shipped"]));
  assert.deepEqual(read(audited()), { problems: [], elsewhere: 0 });
  assert.deepEqual(read(audited("shipped", "installed", "tool")), {
    problems: ["shipped <2: high", "installed <2: high"],
    elsewhere: 1,
  });
  assert.deepEqual(read(audited("tool/node_modules/installed")), { problems: [], elsewhere: 1 });
});

test("a registry that gives no answer is not one without advisories", () => {
  const read = (printed: string) => readAudit(printed, lock, new Set());
  assert.deepEqual(read('{"message": "405 Method Not Allowed", "error": {}}'), {
    unknown: "405 Method Not Allowed",
  });
  for (const printed of ["", "npm error", "null", "{}"])
    assert.deepEqual(read(printed), { unknown: "npm audit printed no report" });
});
