import { expect, test } from "vitest";
import { batchesOf } from "../../../src/cli/stream/batches.ts";

/** A promise that others fulfil. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

test("rows come in batches of the size, whatever the pieces; the last is smaller", async () => {
  const pieces = (async function* () {
    yield [1, 2, 3];
    yield [4];
    yield [5, 6, 7, 8, 9, 10];
  })();
  const batches: (readonly number[])[] = [];
  for await (const batch of batchesOf(pieces, 4)) batches.push(batch);
  expect(batches).toEqual([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [9, 10],
  ]);
});

test("rows that are there come while the input pauses", async () => {
  const { open, opened } = gate();
  const pieces = (async function* () {
    yield [1];
    await opened;
    yield [2];
  })();
  const batches = batchesOf(pieces, 4);
  expect(await batches.next()).toEqual({ done: false, value: [1] });
  open();
  expect(await batches.next()).toEqual({ done: false, value: [2] });
  expect((await batches.next()).done).toBe(true);
});

test("batches are whole for a pause that never ends", async () => {
  const pieces = (async function* () {
    yield [1];
    await new Promise((resolve) => setTimeout(resolve, 60)); // longer than rows are waited for
    yield [2];
  })();
  expect(await batchesOf(pieces, 4, Infinity).next()).toEqual({ done: false, value: [1, 2] });
});

test("rows before an error come before it", async () => {
  const pieces = (async function* () {
    yield [1, 2, 3];
    throw new Error("damaged");
  })();
  const batches = batchesOf(pieces, 2);
  expect((await batches.next()).value).toEqual([1, 2]);
  expect((await batches.next()).value).toEqual([3]);
  await expect(batches.next()).rejects.toThrow("damaged");
});

test("no more than a piece is read ahead of a slow reader", async () => {
  let pulled = 0;
  const pieces = (async function* () {
    for (;;) yield [pulled++];
  })();
  const batches = batchesOf(pieces, 1);
  for (let i = 0; i < 5; i++) await batches.next();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(pulled).toBeLessThanOrEqual(6);
  // A reader that stops does not wait for a piece.
  await batches.return(undefined);
});
