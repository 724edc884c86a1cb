import type { RunSummary } from "../../server/protocol.ts";

/** A damaged run that does not say which experiment it was of. The server names its directory in that place. */
export const isOrphan = ({ experiment, directory }: RunSummary): boolean => experiment === directory;
