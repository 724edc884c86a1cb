/** Code whose mutants are made, and the tests that must notice them. */
export interface Suite {
  /** Source files, as globs; tests among them are left out. */
  readonly code: string;
  /** Tests beside those of the file's own name, as globs. */
  readonly tests?: readonly string[];
}

/** Where a wrong number or a lost run would not be seen otherwise. */
export const suites: readonly Suite[] = [
  {
    code: "server/engine/distill/losses/{ce,labelled,labelSmoothing,kd,dkd,dist,reverseKl,jsd,standardize,positive}.ts",
    tests: ["server/engine/distill/losses/losses.test.ts", "test/parity/{losses,unlabelled}.test.ts"],
  },
  {
    code: "server/engine/distill/losses/{hint,at,sp,rkd,pkt,vid,ownNet,pooledTo,features}.ts",
    tests: [
      "server/engine/distill/losses/{features,featureLosses,losses}.test.ts",
      "test/parity/featureLosses.test.ts",
    ],
  },
  {
    code: "server/engine/distill/losses/{losses,compare,loss}.ts",
    tests: ["server/engine/distill/losses/losses.test.ts", "test/parity/{lossTable,unlabelled}.test.ts"],
  },
  { code: "server/engine/distill/losses/crd.ts", tests: ["test/parity/crd.test.ts"] },
  {
    code: "server/engine/distill/optimizers/*.ts",
    tests: ["server/engine/distill/optimizers/defaults.test.ts", "test/parity/optimizers.test.ts"],
  },
  {
    code: "server/engine/distill/schedules/*.ts",
    tests: ["server/engine/distill/schedules/schedules.test.ts", "test/parity/schedules.test.ts"],
  },
  { code: "server/engine/distill/metrics.ts", tests: ["test/parity/metrics.test.ts"] },
  { code: "server/engine/distill/clip.ts", tests: ["test/parity/clipping.test.ts"] },
  {
    code: "server/engine/distill/{program,step,differentiate,names}.ts",
    tests: ["server/engine/distill/program.test.ts", "server/engine/distill/losses/losses.test.ts"],
  },
  {
    code: "server/engine/distill/{augment,heldBatches}.ts",
    tests: ["server/engine/distill/augment.test.ts"],
  },
  { code: "server/engine/distill/normalizeBytes.ts" },
  { code: "server/runs/{checkpoints,durable,student}.ts", tests: ["server/runs/checkpoints.test.ts"] },
  {
    code: "server/runs/{list,logFacts,logEnds,track,control,runDirectory,runError,column}.ts",
    tests: ["server/runs/list.test.ts"],
  },
  { code: "server/runs/{eventLog,lock,series,safetensors,interruption,memoryKills,node,sweepSummary}.ts" },
  { code: "server/sweep/*.ts", tests: ["server/sweep/*.test.ts"] },
  { code: "server/data/teacherCache.ts" },
  { code: "server/engine/train/selection.ts" },
  { code: "server/language/rules/*.ts" },
];
