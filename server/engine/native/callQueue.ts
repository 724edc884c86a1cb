/** The calls of an executor, one after the other: a run that starts before the last one ended would read its old state. */
export class CallQueue {
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #closing: Promise<void> | undefined;

  /** Rejects where the queue was closed before. */
  run<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#isClosed) throw new Error("the program has been disposed of");
      return call();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Closes it behind the calls so far, and releases what they used; a second call only waits. */
  close(release: () => Promise<void>): Promise<void> {
    this.#closing ??= this.run(() => {
      this.#isClosed = true;
      return release();
    });
    return this.#closing;
  }
}
