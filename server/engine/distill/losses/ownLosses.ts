import type { LossType } from "./loss.ts";

/**
 * Losses of a person's own modules, by the path that the experiment names them by. One table for the process, which trains one
 * experiment.
 */
const own = new Map<string, LossType>();

export const addOwnLoss = (path: string, loss: LossType): void => void own.set(path, loss);

export const ownLoss = (path: string): LossType | undefined => own.get(path);
