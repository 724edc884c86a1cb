import { grouped } from "../grouped.ts";
import type { HeldBack } from "../heldBack.ts";
import { type Overlap, overlapOf } from "./overlap.ts";
import type { Samples } from "./samples.ts";

/** Samples that decide or measure something and were learned from, or chosen by, before. */
export interface Leak {
  readonly code: LeakCode;
  readonly severity: "error" | "warning";
  /** The split that says less than it seems to. */
  readonly of: "validation" | "test";
  readonly message: string;
  readonly hint: string;
}

type LeakCode =
  | "test-in-validation"
  | "test-in-train"
  | "validation-in-train"
  | "test-in-unlabelled"
  | "validation-in-unlabelled"
  | "test-in-teacher"
  | "validation-in-teacher"
  | "test-in-start"
  | "validation-in-start";

export interface Splits {
  /** What the student learns from. */
  readonly train: Samples;
  readonly validation?: Samples | undefined;
  readonly test?: Samples | undefined;
  /** The splits that are held back from the training samples of the same source. */
  readonly heldBack?: readonly HeldBack[] | undefined;
  /** What the student learns from without labels, beside the others. */
  readonly unlabelled?: Samples | undefined;
  /** The teacher's own training samples, where it has any. */
  readonly teacher?: Samples | undefined;
}

/**
 * Every way in which one split is in another, by the values of the samples. Selection reads validation: a test split that is
 * (largely) in it was chosen by, which is an error. The others are warnings: figures are too good, but the run is what it says.
 */
export function leaksOf({ train, validation, test, heldBack = [], unlabelled, teacher }: Splits): Leak[] {
  return [
    test && validation && hinted(leak("test-in-validation", test, validation), heldBack),
    test && hinted(leak("test-in-train", test, train), heldBack),
    validation && hinted(leak("validation-in-train", validation, train), heldBack),
    test && unlabelled && leak("test-in-unlabelled", test, unlabelled),
    validation && unlabelled && leak("validation-in-unlabelled", validation, unlabelled),
    ...(teacher && teacher !== train ? seenBy("teacher", teacher, { validation, test }) : []),
  ].filter((found) => found !== undefined);
}

/**
 * What a network has seen of the samples that it is measured by before this run: the teacher, one that another experiment trained, or
 * what the student starts from.
 * @param samples that it was trained on
 */
export function seenBy(
  which: keyof typeof seers,
  samples: Samples,
  { validation, test }: Pick<Splits, "validation" | "test">,
): Leak[] {
  const { as, way } = seers[which];
  return [
    test && leak(`test-in-${as}`, test, samples),
    validation && leak(`validation-in-${as}`, validation, samples),
  ]
    .flatMap((found) => found ?? [])
    .map((found) => ({ ...found, hint: `${found.hint} ${way}` }));
}

const earlierWay = "With the same files, shares and `seed`, its experiment holds the same samples back.";

/** What they are called in codes, and how to keep samples from them. */
const seers = {
  teacher: {
    as: "teacher",
    way: "Without `teacher.train.data` it learns from what the student learns from.",
  },
  earlierTeacher: { as: "teacher", way: earlierWay },
  start: { as: "start", way: earlierWay },
} as const;

/** Each once: members of an ensemble may have learned from the same samples. */
export const distinctLeaks = (leaks: readonly Leak[]): readonly Leak[] => [
  ...new Map(leaks.map((found) => [`${found.code} ${found.message}`, found])).values(),
];

/** As one text, for a log. */
export const leakWarning = ({ code, message, hint }: Leak) => ({ code, message: `${message} ${hint}` });

const others: Readonly<Record<LeakCode, { readonly in: string; readonly hint: string }>> = {
  "test-in-validation": {
    in: "validation samples",
    hint: 'Selection reads them. Give the test samples to `data.test` alone, and hold others out with "validation": { "split": 0.1 }.',
  },
  "test-in-train": { in: "training samples", hint: "Measure on samples that nothing was trained on." },
  "validation-in-train": {
    in: "training samples",
    hint: "Selection prefers a student that knows them by heart. Leave them out of `data.train`.",
  },
  "test-in-unlabelled": {
    in: "training samples without labels",
    hint: "The student learns the teacher's outputs for them. Leave them out of `data.unlabelled`.",
  },
  "validation-in-unlabelled": {
    in: "training samples without labels",
    hint: "The student learns the teacher's outputs for them. Leave them out of `data.unlabelled`.",
  },
  "test-in-teacher": {
    in: "training samples of the teacher",
    hint: "Its lead over the student is too large. Leave them out of what it is trained on.",
  },
  "validation-in-teacher": {
    in: "training samples of the teacher",
    hint: "What it says of them is better than of new samples. Leave them out of what it is trained on.",
  },
  "test-in-start": {
    in: "training samples of the network that the student starts from",
    hint: "The student may know them by heart. Leave them out of what that network is trained on.",
  },
  "validation-in-start": {
    in: "training samples of the network that the student starts from",
    hint: "Selection prefers a student that knows them by heart. Leave them out of what that network is trained on.",
  },
};

/** Where a split is a share of the training file, no other files help. */
const shareHints: readonly {
  readonly code: LeakCode;
  readonly heldBack: readonly HeldBack[];
  readonly hint: string;
}[] = [
  {
    code: "test-in-validation",
    heldBack: ["validation", "test"],
    hint: "Selection reads them. They repeat in `data.train`: leave the repetitions out.",
  },
  {
    code: "test-in-validation",
    heldBack: ["validation"],
    hint: "Selection reads them. The validation samples are held back from `data.train`: give `data.test` samples that are not in it.",
  },
  {
    code: "test-in-validation",
    heldBack: ["test"],
    hint: "Selection reads them. The test samples are held back from `data.train`: give `data.validation` samples that are not in it.",
  },
  {
    code: "test-in-train",
    heldBack: ["test"],
    hint: "A student that knows them by heart measures too well. They repeat in `data.train`: leave the repetitions out.",
  },
  {
    code: "validation-in-train",
    heldBack: ["validation"],
    hint: "Selection prefers a student that knows them by heart. They repeat in `data.train`: leave the repetitions out.",
  },
];

function hinted(found: Leak | undefined, heldBack: readonly HeldBack[]): Leak | undefined {
  const better = shareHints.find(
    ({ code, heldBack: needed }) => code === found?.code && needed.every((split) => heldBack.includes(split)),
  );
  return found && better ? { ...found, hint: better.hint } : found;
}

function leak(code: LeakCode, evaluated: Samples, reference: Samples): Leak | undefined {
  const found = overlapOf(evaluated, reference);
  if (found === undefined) return undefined;
  const of = code.startsWith("test") ? "test" : "validation";
  return {
    code,
    severity:
      code === "test-in-validation" && isSubstantial(found, evaluated, reference) ? "error" : "warning",
    of,
    message: sentence(found, {
      of,
      evaluated: evaluated.count,
      reference: reference.count,
      in: others[code].in,
    }),
    hint: others[code].hint,
  };
}

/** Fewer samples may be in two splits by chance, unless they are all. */
const fewSamples = 10;

/**
 * A copy is one however often rows repeat in it. Else rows of few distinct values are in two splits by chance, about as often as
 * twice in one. More than a tenth of either split, and more than twice as many as it has twins, did not get there so.
 */
function isSubstantial(
  { count, covered, isInOrder, repeated }: Overlap,
  { count: evaluated }: Samples,
  { count: reference }: Samples,
): boolean {
  if (isInOrder && Math.min(evaluated, reference) >= fewSamples) return true;
  const share = Math.max(count / evaluated, covered / reference);
  const isEnough = Math.max(count, covered) >= fewSamples || (share === 1 && count > 1);
  return isEnough && share > 0.1 && share > 2 * repeated;
}

interface Sides {
  readonly of: string;
  /** Samples of the one split and of the other. */
  readonly evaluated: number;
  readonly reference: number;
  /** What the other is called. */
  readonly in: string;
}

function sentence(overlap: Overlap, { of, evaluated, reference, in: there }: Sides): string {
  const { count, covered, first, relabelled, repeated } = overlap;
  const which =
    count === 1 ? `sample ${first[0]}` : `samples ${first.join(", ")}${count > first.length ? ", …" : ""}`;
  const verb = (number: number, one: string, many: string) =>
    `${grouped(number)} ${number === 1 ? one : many}`;
  return [
    count === evaluated && evaluated > 1
      ? `All ${grouped(evaluated)} ${of} samples are ${there}, too.`
      : `${grouped(count)} of ${verb(evaluated, `${of} sample`, `${of} samples`)} ${count === 1 ? "is" : "are"} among the ${there}, too: ${which}.`,
    ...(covered === reference && count < evaluated ? [`These are all ${there} that there are.`] : []),
    ...(relabelled > 0 ? [`${verb(relabelled, "of them has", "of them have")} another label there.`] : []),
    ...(overlap.isInOrder || count === 1 || 2 * repeated < Math.max(count / evaluated, covered / reference)
      ? []
      : ["Samples repeat within one split as well, so this may be chance."]),
  ].join(" ");
}
