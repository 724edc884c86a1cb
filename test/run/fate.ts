/**
 * A signal that a trainer sends itself at a moment of its own: killed or made to stand still in the middle of what it
 * does, however fast the machine is and whatever else it does.
 */
export type Fate = {
  readonly signal: "SIGKILL" | "SIGSTOP";
  /** An expression that the path of a run matches which it befalls; any run where it is absent. */
  readonly run?: string;
  /** At which of these moments of the process, counted from 1; the first where it is absent. */
  readonly nth?: number;
} & (
  | {
      /** Right after an event with these values is logged; null where it has none, as the student's have no subject. */
      readonly event: Readonly<Record<string, string | null>>;
    }
  | {
      /** Right after a file is opened whose path this expression matches. */
      readonly opens: string;
    }
);

/** The environment in which the trainers have this fate, those too that others start. */
export const fated = (fate: Fate) => ({
  NODE_OPTIONS: `--import=${new URL("befall.ts", import.meta.url).href}`,
  DISTILL_TEST_FATE: JSON.stringify(fate),
});

/** The student's steps. */
export const studentStep = { type: "step", subject: null };
