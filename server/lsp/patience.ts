/**
 * Waits for work, but not longer than this. Resolves with undefined when it takes longer; `late` is then called with
 * the result after all.
 */
export async function withPatience<T>(
  work: Promise<T>,
  ms: number,
  late?: (result: T) => void,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      resolve(undefined);
    }, ms);
  });
  const watched = work.then((result) => {
    if (isLate) late?.(result);
    return result;
  });
  try {
    return await Promise.race([watched, patience]);
  } finally {
    clearTimeout(timer);
  }
}
