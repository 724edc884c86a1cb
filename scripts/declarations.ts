import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Packages whose types are copied, by the file that declares them: what is bundled is not installed. */
const copied: Readonly<Record<string, string>> = {
  "@tensorflow/tfjs-core": "node_modules/@tensorflow/tfjs-core/dist/index.d.ts",
};

/** What those name of browsers and of packages that are not brought: a program that has no such types does not miss them. */
const foreign = [
  ...[
    "GPUBuffer",
    "HTMLCanvasElement",
    "HTMLImageElement",
    "HTMLSourceElement",
    "HTMLVideoElement",
    "IDBFactory",
  ],
  ...["ImageBitmap", "ImageData", "Long", "WebGLContextAttributes", "WebGLTexture"],
];

/**
 * Writes the types of a source file into types/ of a package: of the declarations that the compiler emits those that its exports
 * reach, so that no type of another package is named which the package does not bring.
 * @param entry from the repository, as server/api.ts
 */
export async function declarations(stage: string, entry: string): Promise<void> {
  const emitted = await mkdtemp(join(tmpdir(), "declarations-"));
  const types = join(stage, "types");
  try {
    await emit(emitted, entry);
    const modules = await reached(join(emitted, entry));
    for (const { file, imports, kept } of modules.values()) {
      const used = new Set(kept.flatMap(({ names }) => names));
      const lines = imports.flatMap(({ from, names }) => {
        const needed = names.filter(({ local }) => used.has(local));
        if (needed.length === 0) return [];
        const list = needed.map(({ name, local }) => (name === local ? name : `${name} as ${local}`));
        return [`import { ${list.join(", ")} } from "${from}";`];
      });
      const text = [...lines, ...kept.map(({ text }) => text), "export {};", ""].join("\n");
      const target = join(types, relative(emitted, file).replace(/\.ts$/, ".d.ts"));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, withPaths(text, target, types));
    }
    const names = new Set(
      [...modules.values()].flatMap(({ kept }) => kept.flatMap(({ packages }) => packages)),
    );
    for (const { imports } of modules.values()) for (const { from } of imports) names.add(from);
    for (const [name, file] of Object.entries(copied)) if (names.has(name)) await copyPackage(types, file);
  } finally {
    await rm(emitted, { recursive: true, force: true });
  }
}

async function emit(outDir: string, entry: string): Promise<void> {
  const config = join(outDir, "tsconfig.json");
  const compilerOptions = {
    ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir },
    typeRoots: [join(root, "node_modules", "@types")],
  };
  const files = [join(root, entry), join(root, "server/webAssembly.d.ts")];
  await writeFile(
    config,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions,
      files,
      include: [],
      exclude: [],
    }),
  );
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  await promisify(execFile)(process.execPath, [compiler, "-p", config]);
}

interface Statement {
  readonly text: string;
  /** Declared by it. */
  readonly declares: readonly string[];
  /** Every word in it. */
  readonly names: readonly string[];
  /** Of `import("./file.ts").Name`. */
  readonly inline: readonly { readonly from: string; readonly name: string }[];
  /** Of `typeof import("package")`. */
  readonly packages: readonly string[];
}

interface Import {
  readonly from: string;
  readonly names: readonly { readonly name: string; readonly local: string }[];
}

interface Module {
  readonly file: string;
  readonly imports: readonly Import[];
  /** `export { name } from`, by the exported name. */
  readonly passedOn: ReadonlyMap<string, { readonly from: string; readonly name: string }>;
  readonly statements: readonly Statement[];
  readonly kept: Statement[];
}

/** The modules that the exports of the first one need, each with the statements that are needed. */
async function reached(first: string): Promise<ReadonlyMap<string, Module>> {
  const modules = new Map<string, Module>();
  const open = async (file: string) => {
    const known = modules.get(file);
    if (known !== undefined) return known;
    const module = parsed(file, await readFile(file.replace(/\.(m?)ts$/, ".d.$1ts"), "utf8"));
    modules.set(file, module);
    return module;
  };
  const entry = await open(first);
  const wanted: [Module, string][] = [
    ...entry.statements.filter(({ text }) => /^export\b/m.test(text)).flatMap(({ declares }) => declares),
    ...entry.passedOn.keys(),
  ].map((name) => [entry, name]);
  const seen = new Set<string>();
  for (const [module, name] of wanted) {
    if (seen.has(`${module.file} ${name}`)) continue;
    seen.add(`${module.file} ${name}`);
    const follow = async (from: string, what: string) => {
      if (from.startsWith(".")) wanted.push([await open(join(dirname(module.file), from)), what]);
    };
    const passed = module.passedOn.get(name);
    if (passed) await follow(passed.from, passed.name);
    for (const { from, names } of module.imports)
      for (const { name: original, local } of names) if (local === name) await follow(from, original);
    for (const statement of module.statements) {
      if (!statement.declares.includes(name)) continue;
      if (!module.kept.includes(statement)) module.kept.push(statement);
      wanted.push(...statement.names.map((used): [Module, string] => [module, used]));
      for (const { from, name: used } of statement.inline) await follow(from, used);
    }
  }
  for (const [from, { passedOn, kept }] of modules) {
    for (const [name, source] of passedOn)
      if (seen.has(`${from} ${name}`))
        kept.push(
          statementOf(
            `export { ${source.name === name ? name : `${source.name} as ${name}`} } from "${source.from}";`,
          ),
        );
    if (kept.length === 0) modules.delete(from);
  }
  return modules;
}

/** A declaration begins at the left edge, with its comment; what follows it there only closes it. */
function parsed(file: string, text: string): Module {
  const parts = text.split(
    /^(?=\/\*\*|(?:export|declare|import|interface|type|const|function|class|abstract|enum)\b)/m,
  );
  const statements: string[] = [];
  let comment = "";
  for (const part of parts) {
    if (/^\/\*\*[\s\S]*\*\/\s*$/.test(part)) comment = part;
    else {
      statements.push((comment + part).trimEnd());
      comment = "";
    }
  }
  const imports: Import[] = [];
  const passedOn = new Map<string, { from: string; name: string }>();
  const declared: Statement[] = [];
  for (const statement of statements) {
    const [, kind, list = "", from = ""] =
      /^(import|export)(?: type)? \{([^}]*)\} from "([^"]+)";$/.exec(
        statement.replace(/^\/\*\*[\s\S]*?\*\/\s*/, ""),
      ) ?? [];
    if (kind === "import") imports.push({ from, names: namesIn(list) });
    else if (kind === "export")
      for (const { name, local } of namesIn(list)) passedOn.set(local, { from, name });
    else if (/^export \{\s*\w/m.test(statement))
      throw new Error(`${file}: an export without its file: ${statement}`);
    else declared.push(statementOf(statement));
  }
  return { file, imports, passedOn, statements: declared, kept: [] };
}

const namesIn = (list: string) =>
  list
    .split(",")
    .map((item) => item.trim().replace(/^type /, ""))
    .filter((item) => item !== "")
    .map((item) => {
      const [name = "", local = name] = item.split(/ as /);
      return { name, local };
    });

function statementOf(text: string): Statement {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  const declares =
    /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|const|function|class|enum|let|var) ([\w$]+)/m.exec(
      code,
    );
  return {
    text,
    declares: declares?.[1] === undefined ? [] : [declares[1]],
    names: [...new Set(code.match(/[A-Za-z_$][\w$]*/g))],
    inline: [...code.matchAll(/import\("(\.[^"]+)"\)\.(\w+)/g)].map(([, from = "", name = ""]) => ({
      from,
      name,
    })),
    packages: [...code.matchAll(/import\("([^."][^"]*)"\)/g)].map(([, name = ""]) => name),
  };
}

/** Addresses that every setting of a compiler resolves. */
function withPaths(text: string, target: string, types: string): string {
  return text.replaceAll(/((?:from |import\()")([^"]+)"/g, (_, before: string, name: string) => {
    const own = copied[name];
    if (own === undefined) return `${before}${name.replace(/\.ts$/, ".js")}"`;
    const path = relative(dirname(target), join(types, placeOf(own))).replaceAll("\\", "/");
    return `${before}${path.replace(/\.d\.ts$/, ".js")}"`;
  });
}

/** npm leaves out what is in a node_modules. */
const placeOf = (file: string): string => file.replace(/^node_modules\//, "packages/");

/** The declarations of a package that the first one reaches. */
async function copyPackage(types: string, first: string): Promise<void> {
  const files = new Set([first]);
  // Its imports have no endings, which only CommonJS may leave out.
  await mkdir(join(types, dirname(placeOf(first))), { recursive: true });
  await writeFile(join(types, dirname(placeOf(first)), "package.json"), '{ "type": "commonjs" }\n');
  for (const file of files) {
    const text = await readFile(join(root, file), "utf8");
    const target = join(types, placeOf(file));
    await mkdir(dirname(target), { recursive: true });
    // It names its own files by the package, too.
    const own = relative(dirname(file), dirname(first)).replaceAll("\\", "/") || ".";
    const whole = text
      .replaceAll(/"@tensorflow\/tfjs-core\/dist\/([^"]+)"/g, `"${own}/$1"`)
      .replaceAll(/^\/\/\/ <reference types=.*$/gm, "");
    await writeFile(target, [whole, ...foreignIn(whole)].join("\n"));
    for (const [, name = ""] of text.matchAll(/(?:from |import\(|import )['"](\.[^'"]+)['"]/g)) {
      const path = join(dirname(file), name);
      const found = [`${path}.d.ts`, join(path, "index.d.ts")];
      for (const candidate of found)
        if (
          await readFile(join(root, candidate)).then(
            () => true,
            () => false,
          )
        )
          files.add(candidate);
    }
  }
}

function foreignIn(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  return foreign
    .filter((name) => new RegExp(`\\b${name}\\b`).test(code))
    .map((name) => `type ${name} = object;`);
}
