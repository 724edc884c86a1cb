import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A package whose code is shipped, inside a bundle or beside it. */
export interface Shipped {
  readonly name: string;
  readonly version: string;
  /** The `license` of its package.json: an SPDX expression, or any text. */
  readonly license: unknown;
  /** Of its licence, with its authors. */
  readonly text?: string;
}

/** Shipped beside the bundles, unchanged. */
const unbundled = ["onnxruntime-node", "onnxruntime-common"];

/** The packages with the image decoder's binaries for a platform, by VS Code's name for it: linux-x64. */
export const decoderBinaries = (target: string): readonly string[] => [
  `@img/sharp-${target}`,
  // On Windows it is part of the one above.
  ...(target.startsWith("win32") ? [] : [`@img/sharp-libvips-${target}`]),
];

/** npm installs those of its own platform. */
export const hasDecoder = (root: string, target: string): boolean =>
  decoderBinaries(target).every((name) => existsSync(join(root, "node_modules", name)));

const onnxRuntime = "Copyright (c) 2018 - present Microsoft Corporation";

/** Packages without a text of their licence, with the copyright that their sources or their repository state. */
const authors: Readonly<Record<string, string>> = {
  "@tensorflow/tfjs-core": "Copyright 2017 Google LLC. All Rights Reserved.",
  "@vscode/l10n": "Copyright (c) Microsoft Corporation. All rights reserved.",
  seedrandom: "Copyright 2019 David Bau.",
  "onnxruntime-node": onnxRuntime,
  "onnxruntime-common": onnxRuntime,
  "onnxruntime-web": onnxRuntime,
  "@img/sharp-libvips":
    "Lovell Fuller and contributors. Libraries, built from https://github.com/lovell/sharp-libvips; the README.md of the package names them and their licences.",
};

/** Libraries with others in them. npm's package has no notices of those: the archive of the release does, ThirdPartyNotices.txt. */
const withOthers: ReadonlySet<string> = new Set(["onnxruntime-node"]);

const ownText = (name: string) => fileURLToPath(new URL(`licences/${name}.txt`, import.meta.url));

/** Of what is in a library, for the version that is shipped. */
const noticesWithin = ({ name, version }: Pick<Shipped, "name" | "version">): string | undefined =>
  withOthers.has(name) ? ownText(`${name}-${version}`) : undefined;

/** Of libraries of others in a package's folder, by the package. */
const noticesBeside: Readonly<Record<string, string>> = { "onnxruntime-node": "DirectXShaderCompiler" };

/** The text of a licence is that of its SPDX id; of the LGPL the GPL is a part. */
function textByAuthor(name: string, license: unknown): string | undefined {
  const author = authors[name] ?? authors[name.replace(/^(@img\/sharp-libvips)-.*/, "$1")];
  const file = ownText(String(license));
  if (author === undefined || !existsSync(file)) return undefined;
  return `${author}\n\n${readFileSync(file, "utf8").trimEnd()}`;
}

/** Licences (SPDX) that only require their notices. */
const allowed: ReadonlySet<unknown> = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
]);

/** The packages that `scripts/build.mjs` has found in the bundles of `root`, and those beside the bundles. */
export function shippedPackages(root: string): Shipped[] {
  const bundled: string[] = JSON.parse(readFileSync(join(root, "dist", "bundled-packages.json"), "utf8"));
  const own = `${process.platform}-${process.arch}`;
  const decoder = hasDecoder(root, own) ? decoderBinaries(own) : [];
  return packagesAt(root, [...bundled, ...unbundled, ...decoder]);
}

/** The packages at these places in node_modules. */
export function packagesAt(root: string, places: readonly string[]): Shipped[] {
  return places.map((place) => {
    const folder = join(root, "node_modules", place);
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "License.txt", "license", "LICENCE"]
      .map((candidate) => join(folder, candidate))
      .find((path) => existsSync(path));
    const licence = file ? readFileSync(file, "utf8").trim() : textByAuthor(name, license);
    const beside = noticesBeside[name];
    const others = [noticesWithin({ name, version }), beside && ownText(beside)].flatMap((path) =>
      path && existsSync(path) ? [readFileSync(path, "utf8").trim()] : [],
    );
    const text = licence && [licence, ...others].join("\n\n");
    return { name, version, license, ...(text && { text }) };
  });
}

/** Their licences, as a text. Throws where one may not be shipped. */
export function notices(packages: readonly Shipped[]): string {
  const problems = licenceProblems(packages);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return packages
    .map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}\n`)
    .join(`\n${"-".repeat(80)}\n\n`);
}

/**
 * Libraries under the LGPL, which may be shipped as files of their own that are loaded at run time, with notice and
 * source named, so that anybody can replace them by another build.
 */
const replaceable = /^@img\/sharp-/;

/**
 * A line for each package that may not be shipped, or not yet. A choice of licences ("MIT OR GPL-3.0-only") is not allowed as it
 * stands: a person has to decide which one applies.
 */
export function licenceProblems(packages: readonly Shipped[]): string[] {
  return packages.flatMap(({ name, version, license, text }) => {
    if (typeof license !== "string" || license === "")
      return [`${name} ${version} names no licence in its package.json.`];
    const isAllowed = (part: string) =>
      allowed.has(part) || (part === "LGPL-3.0-or-later" && replaceable.test(name));
    const refused = license.split(" AND ").filter((part) => !isAllowed(part));
    if (refused.length > 0)
      return [
        `${name} ${version} is under ${refused.join(" and ")}, which is not among the allowed licences.`,
      ];
    const within = noticesWithin({ name, version });
    if (within !== undefined && !existsSync(within))
      return [
        `${name} ${version} has no notices of the libraries in it. Put ThirdPartyNotices.txt of its release into scripts/licences/${basename(within)}.`,
      ];
    if (text !== undefined) return [];
    return [`${name} ${version} has no text of its licence. Put its authors into scripts/licences.ts.`];
  });
}
