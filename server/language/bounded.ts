import { grouped } from "../grouped.ts";
import { type Finding, spanOf } from "./finding.ts";

/** Findings of one kind that a person reads through, and after which nothing looks for more where each costs a search. */
export const mostOfOneKind = 100;

/** The first findings of each kind, and in place of the others one that counts them. @param findings in the order of the text */
export function bounded(findings: readonly Finding[]): readonly Finding[] {
  const kindOf = ({ code, severity }: Finding) => `${severity} ${code}`;
  const counts = new Map<string, number>();
  for (const finding of findings) counts.set(kindOf(finding), (counts.get(kindOf(finding)) ?? 0) + 1);
  const seen = new Map<string, number>();
  return findings.flatMap((finding): Finding[] => {
    const kind = kindOf(finding);
    const rest = (counts.get(kind) ?? 0) - mostOfOneKind;
    const place = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, place);
    if (place <= mostOfOneKind || rest === 1) return [finding];
    const { code, severity, span } = finding;
    const message = `${grouped(rest)} more findings of this kind, ${code}, follow from here on. Mend those above, then check again.`;
    return place === mostOfOneKind + 1 ? [{ code, severity, span: spanOf(span), message, fixes: [] }] : [];
  });
}
