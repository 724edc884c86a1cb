import { plainMarkdown } from "../../server/markdown.ts";
import type { EngineFinding, EngineReport } from "../../server/protocol.ts";
import { engineNames, size } from "./wording.ts";

/** The doctor's report as a document: what is in the way with what mends it, what runs pick, and everything that was found. */
export function reportMarkdown(report: EngineReport): string {
  const { findings, mend, choice, installable } = report;
  const broken = findings.filter(({ state }) => state === "broken");
  const troubles = findings.filter((finding) => finding.state !== "fine" && finding.mend !== undefined);
  return [
    "# Engine Doctor",
    verdict(broken.length, mend),
    ...(mend === undefined ? [] : ["## What to Do", ...remedy(mend)]),
    "## What a Run Trains With",
    `With \`"engine": "auto"\`, which is what a file without the key means: ${choice}`,
    "## What Was Found",
    ["| | | |", "|---|---|---|", ...findings.map(row)].join("\n"),
    ...(troubles.length === 0 ? [] : ["## What Mends Each", ...troubles.flatMap(trouble)]),
    "## Without a Network",
    "Fetch these files on another machine, put them into one folder, and choose it in *Distillery: Install Engine* by the folder at the end of a row.",
    ...installable.map(
      ({ kind, download, files }) =>
        `${engineNames[kind]}, ${size(download)}:\n\n${files.map((file) => `- \`${file}\``).join("\n")}`,
    ),
    "",
  ].join("\n\n");
}

function verdict(broken: number, mend: string | undefined): string {
  if (broken > 0) return broken === 1 ? "**Something is broken.**" : `**${broken} things are broken.**`;
  return mend === undefined ? "**Nothing is broken.**" : "**Nothing is broken, and something can be added.**";
}

const marks: Readonly<Record<EngineFinding["state"], string>> = { fine: "✓", missing: "–", broken: "✗" };

const row = ({ name, state, text }: EngineFinding): string =>
  `| ${marks[state]} | **${plainMarkdown(name)}** | ${plainMarkdown(text)} |`;

const trouble = ({ name, text, mend }: EngineFinding): string[] => [
  `**${plainMarkdown(name)}**: ${plainMarkdown(text)}`,
  ...remedy(mend ?? ""),
];

/** A command in a block of its own, to be copied; a sentence as one. */
function remedy(mend: string): string[] {
  if (!isCommand(mend)) return [plainMarkdown(mend)];
  const block = `\`\`\`sh\n${mend}\n\`\`\``;
  return isInstallation(mend)
    ? ["Run *Distillery: Install Engine* from the Command Palette, or in a terminal:", block]
    : [block];
}

export const isCommand = (mend: string): boolean => /^(sudo|npm|distill) \S/.test(mend);

export const isInstallation = (mend: string): boolean => mend.startsWith("distill engine install ");
