import { globSync } from "node:fs";
import { matchesGlob } from "node:path";

/** Code whose mutants are made, and the tests that must detect them. */
export interface Suite {
  /** Source files, as globs; tests among them are left out. */
  readonly code: string;
  /** Tests besides those of the file's own name, as globs. */
  readonly tests?: readonly string[];
}

/** Code in which a wrong number or a lost run would go unnoticed, by the folder of its score. */
export const suites: Readonly<Record<string, readonly Suite[]>> = {
  "server/engine/distill": [
    {
      code: "server/engine/distill/losses/*.ts",
      tests: [
        "server/engine/distill/losses/*.test.ts",
        "test/parity/{losses,lossTable,featureLosses,unlabelled,crd}.test.ts",
      ],
    },
    {
      code: "server/engine/distill/optimizers/*.ts",
      tests: ["server/engine/distill/optimizers/*.test.ts", "test/parity/optimizers.test.ts"],
    },
    {
      code: "server/engine/distill/schedules/*.ts",
      tests: ["server/engine/distill/schedules/*.test.ts", "test/parity/schedules.test.ts"],
    },
    {
      code: "server/engine/distill/*.ts",
      tests: [
        "server/engine/distill/*.test.ts",
        "server/engine/distill/losses/losses.test.ts",
        "test/parity/{clipping,unlabelled}.test.ts",
      ],
    },
  ],
  "server/engine/graph/inPlace": [
    { code: "server/engine/graph/inPlace/*.ts", tests: ["server/engine/graph/inPlace/*.test.ts"] },
  ],
  "server/engine/graph/samples": [
    {
      code: "server/engine/graph/samples/*.ts",
      tests: ["server/engine/graph/samples/*.test.ts", "server/engine/native/partedModel.test.ts"],
    },
  ],
  "server/tasks": [
    { code: "server/tasks/*.ts", tests: ["server/tasks/*.test.ts", "test/parity/metrics.test.ts"] },
  ],
  "server/processIdentity": [{ code: "server/processIdentity.ts" }],
  "server/packageRoot": [{ code: "server/packageRoot.ts" }],
  "server/runs": [
    { code: "server/runs/*.ts" },
    { code: "server/runs/durable.ts", tests: ["server/runs/checkpoints.test.ts"] },
    { code: "server/runs/watch.ts", tests: ["server/runs/watchByHand.test.ts"] },
    { code: "server/runs/runResult.ts", tests: ["server/runs/logEnds.test.ts"] },
    {
      code: "server/runs/{memberResults,runExperiment,sweep}.ts",
      tests: ["server/runs/trainMembers.test.ts"],
    },
    { code: "server/runs/runExperiment.ts", tests: ["server/runs/sweep.test.ts"] },
    { code: "server/runs/eventLine.ts", tests: ["server/runs/{eventLog,series}.test.ts"] },
    {
      code: "server/runs/list.ts",
      tests: ["server/runs/{besideOthers,listRows,runIndex}.test.ts", "server/cli/damagedLog.test.ts"],
    },
    { code: "server/runs/heartbeat.ts", tests: ["server/runs/lock.test.ts"] },
    { code: "server/runs/manifest.ts", tests: ["server/runs/provenance.test.ts"] },
    { code: "server/runs/format.ts", tests: ["server/cli/{hostile,format}.test.ts"] },
  ],
  "server/sweep": [{ code: "server/sweep/*.ts", tests: ["server/sweep/*.test.ts"] }],
  "server/data/teacherCache": [{ code: "server/data/teacherCache.ts" }],
  "server/language/rules": [
    { code: "server/language/rules/*.ts" },
    {
      code: "server/language/rules/layerProblems.ts",
      tests: ["server/language/rules/{layerReference,layerShape,layerUnused}.test.ts"],
    },
    { code: "server/language/rules/rules.ts", tests: ["server/language/check.test.ts"] },
  ],
};

/** Every file that has mutants, sorted. */
export function filesOf(): readonly string[] {
  const files = Object.values(suites).flatMap((rows) => rows.flatMap(({ code }) => globSync(code)));
  return [...new Set(files)].filter((file) => !file.endsWith(".test.ts")).sort();
}

/** The tests of a file: the one beside it, and those of every row that has the file. */
export function testsOf(file: string): readonly string[] {
  const rows = Object.values(suites).flat();
  const listed = rows.filter(({ code }) => matchesGlob(file, code)).flatMap(({ tests = [] }) => tests);
  return [
    ...new Set([file.replace(/\.ts$/, ".test.ts"), ...listed].flatMap((pattern) => globSync(pattern).sort())),
  ];
}

/** The folder that the score of a file counts for. */
export function folderOf(file: string): string {
  return Object.keys(suites).find((folder) => file.startsWith(folder)) ?? file;
}
