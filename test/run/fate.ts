/**
 * What befalls a trainer at a moment of its own: killed, made to stand still or kept from its event loop in the middle of
 * what it does, however fast the machine is and whatever else it does.
 */
export type Fate = {
  /**
   * An expression that the path of a run matches which it befalls; any run where it is absent. Of a job of Slurm: the path of the sweep,
   * as in `… task 3 restart 0`.
   */
  readonly run?: string;
  /** At which of these moments of the process, counted from 1; the first where it is absent. */
  readonly nth?: number;
} & (
  | {
      /** Sent to itself. */
      readonly signal: "SIGKILL" | "SIGSTOP";
    }
  | {
      /** It stays in one call, as into a native library, until there is a file of this name. */
      readonly blocksUntil: string;
    }
) &
  (
    | {
        /** Right after an event with these values is logged; null where it has none, as the student's have no subject. */
        readonly event: Readonly<Record<string, string | null>>;
        /** Right before it is logged instead: once it is made, and it was seen that the lock is held. */
        readonly isBefore?: true;
      }
    | {
        /** Right after a file is opened whose path this expression matches. */
        readonly opens: string;
      }
  );

const befall = { NODE_OPTIONS: `--import=${new URL("befall.ts", import.meta.url).href}` };

/** The environment in which the trainers have this fate, those too that others start. */
export const fated = (fate: Fate) => ({ ...befall, DISTILL_TEST_FATE: JSON.stringify(fate) });

/** The environment of a machine of this name, whose locks are given up after so long without a sign of life. */
export const onHost = (host: string, staleMs: number) => ({
  ...befall,
  DISTILL_TEST_HOST: host,
  DISTILL_LOCK_STALE_MS: String(staleMs),
});

/** The student's steps. */
export const studentStep = { type: "step", subject: null };
