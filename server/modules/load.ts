import { createHash } from "node:crypto";
import * as nodeModule from "node:module";
import { dirname, extname, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { readModuleText } from "../data/reading.ts";
import { npmName, ownModuleDeclarations } from "../packageRoot.ts";
import { moduleEndings } from "../parameters/parameter.ts";
import type { ModuleDefinition } from "./definition.ts";
import { type CodePlace, ModuleError, type ModuleProblem, moduleProblem } from "./moduleProblem.ts";
import { isComputing, noteLateImport, placed, watchModules } from "./purity.ts";
import { addressOf, keepSource, ofModule } from "./sources.ts";

/** A file of a module as it was run. */
interface ModuleFile {
  /** From the module's folder, with slashes. */
  readonly path: string;
  readonly text: string;
}

export interface LoadedModule {
  readonly definition: ModuleDefinition;
  /** The module first, then what it imports. */
  readonly files: readonly ModuleFile[];
  /** SHA-256 of all of them. */
  readonly hash: string;
}

/** What a load has to know of its files. */
interface Load {
  /** The module's: nothing outside of it is imported. */
  readonly folder: string;
  readonly files: Map<string, string>;
}

const loads = new Map<number, Load>();

/**
 * Runs a module in this process and gives what it declares.
 * @param file absolute
 */
export async function loadModule(file: string): Promise<LoadedModule | { readonly problem: ModuleProblem }> {
  const unable = registerOnce(file);
  if (unable !== undefined) return { problem: unable };
  const number = loads.size + 1;
  const load: Load = { folder: dirname(file), files: new Map() };
  loads.set(number, load);
  const end = watchModules();
  try {
    const { default: definition } = (await import(addressOf(file, number))) as { readonly default?: unknown };
    if (!isDefinition(definition)) return { problem: noDefinition(file, definition) };
    const files = Array.from(load.files, ([path, text]) => ({ path: pathIn(load.folder, path), text }));
    return { definition, files, hash: hashOf(files) };
  } catch (error) {
    return { problem: placed(error, { file }).problem };
  } finally {
    end();
  }
}

const isDefinition = (value: unknown): value is ModuleDefinition =>
  typeof value === "object" &&
  value !== null &&
  "kind" in value &&
  typeof value.kind === "string" &&
  value.kind in value;

const noDefinition = (file: string, found: unknown): ModuleProblem =>
  found === undefined
    ? moduleProblem(
        "module-default",
        { file },
        "it has no default export.",
        'Declare what it is: `import { defineLoss, number } from "distillery"; export default defineLoss({ … });`',
      )
    : moduleProblem(
        "module-default",
        { file },
        `its default export is ${typeof found === "object" ? "an object" : `a ${typeof found}`}, and nothing that \`defineLoss\`, \`defineLayer\`, \`defineStudent\` or \`defineAugmentation\` gives.`,
      );

function hashOf(files: readonly ModuleFile[]): string {
  const hash = createHash("sha256");
  for (const { path, text } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1)))
    hash.update(`${path}\0${text.length}\0${text}\0`);
  return hash.digest("hex");
}

const pathIn = (folder: string, file: string): string => relative(folder, file).split(sep).join("/");

let isRegistered = false;

/** Node's own ways to take types out and to say what an import means. */
const { registerHooks, stripTypeScriptTypes } = nodeModule as Partial<typeof nodeModule>;

function registerOnce(file: string): ModuleProblem | undefined {
  if (isRegistered) return undefined;
  if (registerHooks === undefined || stripTypeScriptTypes === undefined)
    return moduleProblem(
      "module-node",
      { file },
      `modules need Node 22.15 or later, which takes types out of TypeScript; this is Node ${process.versions.node}.`,
      "Install Node 24, or name one in the setting `distill.nodePath`.",
    );
  isRegistered = true;
  // What a function imports is refused before its promise is, and that nobody waits for.
  process.on("unhandledRejection", (reason) => {
    if (!(reason instanceof ModuleError)) throw reason;
  });
  registerHooks({
    resolve(specifier, context, next) {
      const own = ofModule(specifier);
      if (own) return { url: specifier, shortCircuit: true };
      const parent = ofModule(context.parentURL);
      return parent ? { url: importedBy(parent, specifier), shortCircuit: true } : next(specifier, context);
    },
    load(url, context, next) {
      const own = ofModule(url);
      return own
        ? { format: "module", source: codeOf(own, stripTypeScriptTypes), shortCircuit: true }
        : next(url, context);
    },
  });
  return undefined;
}

interface Importing {
  readonly file: string;
  readonly load: number;
}

/** @throws where nothing may be imported, and tells the function that is computing so */
function importedBy(parent: Importing, specifier: string): string {
  try {
    const address = addressFor(specifier, parent);
    if (!isComputing()) return address;
    const place = { file: parent.file, line: lineOf(parent.file, parent.load, specifier) };
    throw new ModuleError(
      moduleProblem(
        "module-import",
        place,
        `"${specifier}" is imported while a function computes, which cannot wait for it.`,
        "Import it at the top of the file.",
      ),
    );
  } catch (error) {
    if (error instanceof ModuleError) noteLateImport(error);
    throw error;
  }
}

/** What an import in a module means: ours, or a file in the module's folder. */
function addressFor(specifier: string, { file, load }: Importing): string {
  if (specifier === "distillery" || specifier === npmName) return pathToFileURL(ownModuleDeclarations()).href;
  const line = lineOf(file, load, specifier);
  const refuse = (message: string, hint?: string): never => {
    throw new ModuleError(moduleProblem("module-import", { file, line }, message, hint));
  };
  if (!/^\.{1,2}\//.test(specifier)) {
    const isOperations = specifier.startsWith("@tensorflow/");
    return refuse(
      `"${specifier}" cannot be imported: a module has "distillery" and files beside it, and nothing else.`,
      isOperations
        ? "Its functions are given the operations: `value: ({ tf, student }) => tf.mean(student)`."
        : undefined,
    );
  }
  const target = resolve(dirname(file), specifier);
  const { folder } = loads.get(load) as Load;
  if (target !== folder && !target.startsWith(folder + sep))
    return refuse(`"${specifier}" is outside of the module's folder, so a run could not keep it.`);
  if (!isModulePath(target)) return refuse(`"${specifier}" must end in ${moduleEndings.join(", ")}.`);
  return addressOf(target, load);
}

const isModulePath = (path: string): boolean => moduleEndings.some((ending) => extname(path) === ending);

/** Where a module imports something. */
function lineOf(file: string, load: number, specifier: string): number | undefined {
  const text = loads.get(load)?.files.get(file);
  const line = text
    ?.split("\n")
    .findIndex((line) => line.includes(`"${specifier}"`) || line.includes(`'${specifier}'`));
  return line === undefined || line < 0 ? undefined : line + 1;
}

function codeOf(
  { file, load }: { readonly file: string; readonly load: number },
  strip: NonNullable<typeof stripTypeScriptTypes>,
): string {
  const { files } = loads.get(load) as Load;
  const text = files.get(file) ?? readModuleText(file);
  if (typeof text !== "string")
    throw new ModuleError(moduleProblem("module-missing", { file }, text.message));
  files.set(file, text);
  const code = stripped(file, text, strip);
  keepSource(file, code);
  return code;
}

function stripped(file: string, text: string, strip: NonNullable<typeof stripTypeScriptTypes>): string {
  try {
    return strip(text, { mode: "strip" });
  } catch (error) {
    const { message, stack = "" } = error as Error;
    const line = Number(/^[^\n]*:(\d+)\n/.exec(stack)?.[1]);
    const place: CodePlace = Number.isNaN(line) ? { file } : { file, line };
    throw new ModuleError(moduleProblem("module-syntax", place, `${message.replace(/\.$/, "")}.`));
  }
}
