/** Work that may pause: it yields promises and goes on after they are fulfilled. Without a promise it runs to its end at once. */
export type Pausable<T> = Generator<PromiseLike<unknown>, T, void>;

/**
 * Runs work to its end and awaits what it yields; a rejection is thrown where the work paused.
 * @param next what the work gave last. Default: its first step.
 */
export async function finish<T>(work: Generator<unknown, T, void>, next = work.next()): Promise<T> {
  while (!next.done) {
    try {
      await next.value;
    } catch (error) {
      next = work.throw(error);
      continue;
    }
    next = work.next();
  }
  return next.value;
}

/**
 * Runs work that does not pause.
 * @param refusal the error when it does; the work then ends, as after a `return`
 */
export function finishNow<T>(work: Pausable<T>, refusal: () => Error): T {
  const { done, value } = work.next();
  if (done) return value;
  // A rejection of what nobody waits for is of no interest.
  value.then(undefined, () => {});
  work.return(undefined as never);
  throw refusal();
}

/**
 * Pauses until a promise is fulfilled, and returns its value.
 * @param pause yields it. Default: nothing else happens.
 * @throws TypeError when the work goes on before
 */
export function* awaited<T>(promise: PromiseLike<T>, pause: typeof yielded = yielded): Pausable<T> {
  const found: T[] = [];
  yield* pause(promise.then((value) => void found.push(value)));
  for (const value of found) return value;
  throw new TypeError("work must go on after its promise was fulfilled; got a pending promise");
}

function* yielded(promise: PromiseLike<unknown>): Pausable<void> {
  yield promise;
}

/** Whether a value is a promise: awaiting other values would cost a turn of the event loop. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
