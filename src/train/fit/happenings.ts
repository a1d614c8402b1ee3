import type { TrainingEvent } from "./event.ts";

/** Work that yields promises that it waits for, and events for the reader of `events`. Other code runs at each. */
export type Happenings<T> = Generator<TrainingEvent | PromiseLike<unknown>, T, void>;
