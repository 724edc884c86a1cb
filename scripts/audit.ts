/** The part of `npm audit --json` (npm 7 and later) that is read here. */
interface Report {
  readonly message?: string;
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly severity: string; readonly range: string; readonly nodes: readonly string[] }>
  >;
}

/** The part of package-lock.json that marks packages for development only. */
export interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

export type Audit =
  /** The registry did not answer, so nothing is known. */
  | { readonly unknown: string }
  /**
   * A line for each package with an advisory that is installed with the product or shipped in it, and the number of
   * others with one.
   */
  | { readonly problems: readonly string[]; readonly elsewhere: number };

export function readAudit(printed: string, lock: Lock, shipped: ReadonlySet<string>): Audit {
  const report = parsed(printed);
  if (report.vulnerabilities === undefined)
    return { unknown: report.message ?? "npm audit printed no report" };
  const all = Object.entries(report.vulnerabilities);
  const concerned = all.filter(
    ([name, { nodes }]) => shipped.has(name) || nodes.some((node) => lock.packages[node]?.dev !== true),
  );
  return {
    problems: concerned.map(([name, { severity, range }]) => `${name} ${range}: ${severity}`),
    elsewhere: all.length - concerned.length,
  };
}

function parsed(printed: string): Report {
  try {
    return JSON.parse(printed) ?? {};
  } catch {
    return {};
  }
}
