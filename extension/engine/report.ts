import { plainMarkdown } from "../../server/markdown.ts";
import type { EngineFinding, EngineReport } from "../../server/protocol.ts";
import { engineNames, size } from "./wording.ts";

/** The doctor's report as a document: problems with their fixes, the engine that runs choose, and all findings. */
export function reportMarkdown(report: EngineReport): string {
  const { findings, fix, choice, installable } = report;
  const broken = findings.filter(({ state }) => state === "broken");
  const troubles = findings.filter((finding) => finding.state !== "fine" && finding.fix !== undefined);
  return [
    "# Engine Doctor",
    verdict(broken.length, fix),
    ...(fix === undefined ? [] : ["## Fix", ...remedy(fix)]),
    "## Engine of a Run",
    `With \`"engine": "auto"\`, the default, a run trains with ${choice}`,
    "## Findings",
    ["| | | |", "|---|---|---|", ...findings.map(row)].join("\n"),
    ...(troubles.length === 0 ? [] : ["## Fix of Each Problem", ...troubles.flatMap(trouble)]),
    "## Offline Installation",
    "Download these files on another machine and put them into one folder. Then run *Distillery: Install Engine* and press the folder button at the end of the engine's row.",
    ...installable.map(
      ({ kind, download, files }) =>
        `${engineNames[kind]}, ${size(download)}:\n\n${files.map((file) => `- \`${file}\``).join("\n")}`,
    ),
    "",
  ].join("\n\n");
}

function verdict(broken: number, fix: string | undefined): string {
  if (broken > 0) return broken === 1 ? "**Something is broken.**" : `**${broken} things are broken.**`;
  return fix === undefined ? "**Nothing is broken.**" : "**Nothing is broken, and something can be added.**";
}

const marks: Readonly<Record<EngineFinding["state"], string>> = { fine: "✓", missing: "–", broken: "✗" };

const row = ({ name, state, text }: EngineFinding): string =>
  `| ${marks[state]} | **${plainMarkdown(name)}** | ${plainMarkdown(text)} |`;

const trouble = ({ name, text, fix }: EngineFinding): string[] => [
  `**${plainMarkdown(name)}**: ${plainMarkdown(text)}`,
  ...remedy(fix ?? ""),
];

/** A command as a code block, to be copied; a sentence as one. */
function remedy(fix: string): string[] {
  if (!isCommand(fix)) return [plainMarkdown(fix)];
  const block = `\`\`\`sh\n${fix}\n\`\`\``;
  return isInstallation(fix)
    ? ["Run *Distillery: Install Engine* from the Command Palette, or in a terminal:", block]
    : [block];
}

export const isCommand = (fix: string): boolean => /^(sudo|npm|distill) \S/.test(fix);

export const isInstallation = (fix: string): boolean => fix.startsWith("distill engine install ");
