import type { InspectedCell, InspectedNetwork } from "../../../server/protocol.ts";
import type { Theme } from "../theme.ts";

/** What is looked at above the samples, and what a person can change there. */
export interface Above {
  readonly network: InspectedNetwork;
  /** Of several numbers the one that is drawn. */
  readonly output: number;
  readonly theme: Theme;
  readonly select: (cell: InspectedCell) => void;
  readonly choose: (change: Partial<Pick<Above, "network" | "output">>) => void;
}
