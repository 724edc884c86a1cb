/** Codes of vscode-jsonrpc: the request could not be sent, or was sent and the server ended before it answered. */
const notSent = -32096;
const unanswered = -32097;

export interface Retrying {
  /** Resolves with true once a server answers again, with false if none came back. */
  readonly untilReady: () => Promise<boolean>;
}

/**
 * Sends a request of a person's command. One that could not be sent, since the server was just ending, is sent again to the
 * next server. One that was sent may have had its effect, so it is not repeated.
 * @throws Error with a sentence for the person where no server answered; the error of the request in all other cases
 */
export async function retried<R>(send: () => Promise<R>, { untilReady }: Retrying): Promise<R> {
  try {
    return await send();
  } catch (error) {
    const code = codeOf(error);
    if (code === notSent && (await untilReady())) return send();
    if (code === notSent)
      throw new Error(
        "The language server is not running. Its log says why; try Distillery: Restart Language Server.",
      );
    if (code === unanswered)
      throw new Error("The language server ended before it answered. Check the runs, then try again.");
    throw error;
  }
}

/** Why a server did not start, as a sentence for the person: the client only says that its first request had no answer. */
export const startFailure = (error: unknown): unknown =>
  codeOf(error) === unanswered
    ? new Error(
        "The language server ended while it started. Its log says why; then try Distillery: Restart Language Server.",
      )
    : error;

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;
