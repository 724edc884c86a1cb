import { registerHooks } from "node:module";

export interface Replaced {
  /** Of the file that has mutants. */
  readonly url: string;
  /** Its instrumented source; asked for each time that the file is loaded. */
  readonly source: () => string;
  /** What stands in for `node:test`. */
  readonly testModule?: string;
}

export interface SourceHooks {
  /** Whatever leads to the instrumented file is loaded again when it is imported next, whatever does not is kept. */
  forget(): void;
}

/** Gives this process the instrumented source in place of a file. */
export function installSourceHooks({ url, source, testModule }: Replaced): SourceHooks {
  const importers = new Map<string, Set<string>>();
  let dependents: ReadonlySet<string> = new Set();
  let generation = 0;
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL && bare(context.parentURL);
      if (testModule && specifier === "node:test" && parent !== testModule) return next(testModule, context);
      const resolved = next(specifier, context);
      if (!resolved.url.startsWith("file:") || resolved.url.includes("/node_modules/")) return resolved;
      const target = bare(resolved.url);
      if (parent) {
        const known = importers.get(target) ?? new Set();
        importers.set(target, known.add(parent));
      }
      return dependents.has(target) ? { ...resolved, url: `${target}?fresh=${generation}` } : resolved;
    },
    load(loaded, context, next) {
      if (bare(loaded) !== url) return next(loaded, context);
      return { format: "module-typescript", source: source(), shortCircuit: true };
    },
  });
  return {
    forget() {
      generation++;
      dependents = reachedFrom(url, importers);
    },
  };
}

function reachedFrom(start: string, next: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const at of reached) for (const other of next.get(at) ?? []) reached.add(other);
  return reached;
}

function bare(url: string): string {
  return url.replace(/\?.*$/, "");
}
