import type { LossType } from "../engine/distill/losses/loss.ts";

/** What a module's default export declares. */
export interface ModuleDefinition {
  readonly kind: "loss";
  readonly loss: LossType;
}
