import { join } from "node:path";

/** Default folder of the runs of experiments in a folder. */
export const runsPath = join(".distill", "runs");
