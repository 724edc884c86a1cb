import { bestPoint, type MemberResult, type Point, resultsOf, type Spread } from "../sweep/results.ts";
import { count, duration, percent, table, value } from "./wording.ts";

/** A sweep as a table: a line for each combination of values, what came of it as mean ± standard deviation over seeds. */
export function sweepTable(members: readonly MemberResult[]): string[] {
  const all = resultsOf(members);
  const parameters = [...new Set(all.flatMap(({ settings }) => Object.keys(settings)))];
  const columns = columnsOf(all);
  const cells = ({ results, completed }: Point) =>
    columns.map(({ name, worded }) => spread(results[name], { worded, of: completed }));
  const isSpread = all.some(({ runs }) => runs.length > 1);
  const isPartial = all.some(({ completed, runs }) => completed < runs.length);
  const done = ({ completed, runs }: Point) => (isSpread || isPartial ? [`${completed}/${runs.length}`] : []);
  const heads = [
    ...parameters,
    ...(isSpread || isPartial ? ["done"] : []),
    ...columns.map(({ head }) => head),
  ];

  // Without a parameter there is one line; what each seed came to says more than the mean alone.
  const seeds =
    parameters.length > 0
      ? []
      : members.map((member) => [
          `seed ${member.settings["seed"]}`,
          ...resultsOf([member]).flatMap((point) => [...done(point), ...cells(point)]),
        ]);
  const rows = all.map((point) => [
    ...(parameters.length > 0 ? parameters.map((path) => settingText(point.settings[path])) : ["mean ± std"]),
    ...done(point),
    ...cells(point),
  ]);
  const first = Math.max(1, parameters.length);
  const alignRight = heads.map((_, index) => index).filter((index) => index >= parameters.length);
  const lines = table([parameters.length > 0 ? heads : ["", ...heads], ...seeds, ...rows], {
    alignRight: parameters.length > 0 ? alignRight : alignRight.map((index) => index + first),
  });
  return [...lines, ...bestLines(all)];
}

interface Column {
  readonly name: string;
  readonly head: string;
  readonly worded: (number: number) => string;
}

/** What the runs have measured; where there is no test split, validation. */
function columnsOf(all: readonly Point[]): Column[] {
  const has = (name: string) => all.some(({ results }) => results[name] !== undefined);
  const differs = (name: string) => new Set(all.map(({ results }) => results[name]?.mean)).size > 1;
  const split = has("test.accuracy") ? "test" : "validation";
  const columns: Column[] = [
    { name: `${split}.accuracy`, head: `${split} accuracy`, worded: percent },
    { name: `${split}.nll`, head: "nll", worded: value },
    { name: "gapRecovered", head: "gap recovered", worded: percent },
    { name: "parameters", head: "parameters", worded: count },
    { name: "seconds", head: "time", worded: duration },
  ];
  return columns.filter(({ name }) => has(name) && (name !== "parameters" || differs(name)));
}

/** `91.00 ± 0.50 %`: the unit once. Where only some of the completed runs have the number, how many those are. */
function spread(
  spread: Spread | undefined,
  { worded, of }: { readonly worded: Column["worded"]; readonly of: number },
): string {
  if (spread === undefined) return "–";
  const { mean, std, count } = spread;
  const some = count < of ? ` (${count} of ${of})` : "";
  // A sum of equal numbers may leave a last bit behind.
  if (std === undefined || std <= Math.abs(mean) * 1e-12) return worded(mean) + some;
  const [number = "", ...unit] = worded(mean).split(" ");
  const [deviation = "", ...other] = worded(std).split(" ");
  const isSame = unit.join(" ") === other.join(" ");
  return (isSame ? [number, "±", deviation, ...unit].join(" ") : `${worded(mean)} ± ${worded(std)}`) + some;
}

function bestLines(all: readonly Point[]): string[] {
  const best = all.length > 1 ? bestPoint(all) : undefined;
  if (best === undefined) return [];
  const done = best.runs.filter(({ summary }) => summary?.state === "completed").map(({ runId }) => runId);
  const where = done.length === 1 ? done[0] : `${done[0]} … ${done.at(-1)}`;
  return [`best on validation: ${settingsText(best.settings)} (${where})`];
}

/** `losses[0].temperature=4 · seed=2`. */
export const settingsText = (settings: Readonly<Record<string, unknown>>): string =>
  Object.entries(settings)
    .map(([path, value]) => `${path}=${settingText(value)}`)
    .join(" · ");

const settingText = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "–");
