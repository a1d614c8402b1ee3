/** Time in which more rows are waited for, in milliseconds. */
const PAUSE = 20;

/**
 * Rows in batches of a size; a smaller one before the input pauses, ends or fails. One piece of the input is read ahead.
 * @param pieces rows as they come
 * @param pause milliseconds until the rows that are there are given; Infinity gives whole batches, however the input pauses
 */
export async function* batchesOf<R>(
  pieces: AsyncIterable<readonly R[]>,
  size: number,
  pause = PAUSE,
): AsyncGenerator<readonly R[]> {
  const iterator = pieces[Symbol.asyncIterator]();
  let rows: R[] = [];
  try {
    let next = settled(iterator.next());
    for (;;) {
      const result = rows.length > 0 && pause < Infinity ? await within(next, pause) : await next;
      if (result === undefined || "error" in result || result.done) {
        if (rows.length > 0) yield rows;
        rows = [];
      }
      if (result === undefined) continue;
      if ("error" in result) throw result.error;
      if (result.done) return;
      next = settled(iterator.next());
      for (const row of result.value) {
        rows.push(row);
        if (rows.length < size) continue;
        yield rows;
        rows = [];
      }
    }
  } finally {
    // Not waited for: a piece that is read ahead may never come.
    iterator.return?.().catch(() => {});
  }
}

/** The error as a result, so that one nobody waits for yet is not unhandled. */
function settled<R>(
  next: Promise<IteratorResult<R, unknown>>,
): Promise<IteratorResult<R, unknown> | { readonly error: unknown }> {
  return next.catch((error: unknown) => ({ error }));
}

/** What a promise gives; undefined after the time. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), milliseconds)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
