import { StateDictError } from "./errors.ts";
import { isRecord } from "./record.ts";
import { shown, visible } from "./shown.ts";
import { type Shape, Tensor, printShape, sameShape, tensorOf } from "./tensor.ts";

/**
 * Reads the parts of a state that comes from outside and collects what is wrong, so that one error names every problem.
 * A part that is wrong reads as undefined.
 */
export class StateReader {
  readonly #requirement: string;
  readonly #problems: string[];
  readonly #path: string;

  /** @param requirement `where: what the state must be` */
  constructor(requirement: string, problems: string[] = [], path = "") {
    this.#requirement = requirement;
    this.#problems = problems;
    this.#path = path;
  }

  /** A reader for the part `name`: its problems are this one's. */
  at(name: string): StateReader {
    return new StateReader(this.#requirement, this.#problems, joined(this.#path, name));
  }

  /** Records a problem: what the part is, `an array instead of a number`. */
  wrong(name: string, what: string): undefined {
    this.#problems.push(`${joined(this.#path, name) || "the state"} as ${what}`);
  }

  /** Records a problem of another form. */
  problem(text: string): undefined {
    this.#problems.push(this.#path === "" ? text : `${this.#path}: ${text}`);
  }

  /** An object of names and values: no typed array or tensor. @param value the part `name`; "" is this part itself */
  record(name: string, value: unknown): Readonly<Record<string, unknown>> | undefined {
    const isData = ArrayBuffer.isView(value) || value instanceof Tensor;
    if (isRecord(value) && !isData) return value;
    return this.#unlike(name, value, "an object");
  }

  list(name: string, value: unknown): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value;
    return this.#unlike(name, value, "an array");
  }

  /** A number, or a tensor of one number. NaN is refused. */
  number(name: string, value: unknown): number | undefined {
    const found = numberOf(value);
    if (found !== undefined && !Number.isNaN(found)) return found;
    return this.#unlike(name, value, "a number");
  }

  /** A number, NaN included, as a metric may be. JSON writes numbers that are not finite as null, which is read as NaN. */
  metric(name: string, value: unknown): number | undefined {
    if (value === null) return NaN;
    return typeof value === "number" ? value : this.#unlike(name, value, "a number");
  }

  /** A whole number from `low` to `high`, or a tensor of one. */
  whole(name: string, value: unknown, low = 0, high = Number.MAX_SAFE_INTEGER): number | undefined {
    const found = numberOf(value);
    if (found !== undefined && Number.isSafeInteger(found) && found >= low && found <= high) return found;
    const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
    return this.#unlike(name, value, `a whole number ${range}`);
  }

  /** A float32 tensor of this shape. */
  floats(name: string, value: unknown, shape: Shape): Float32Array | undefined {
    if (value === undefined) return this.problem(`no "${name}"`);
    const entry = tensorOf(value);
    if (typeof entry === "string") return this.wrong(name, `${entry} instead of a tensor`);
    const { dtype, data } = entry;
    if (!(data instanceof Float32Array)) return this.wrong(name, `${dtype} instead of float32`);
    if (sameShape(entry.shape, shape)) return data;
    return this.wrong(name, `${printShape(entry.shape)} instead of ${printShape(shape)}`);
  }

  /** What `work` returns; an error that says that the state does not fit is recorded. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof StateDictError || error instanceof RangeError)) throw error;
      return this.problem(error.message);
    }
  }

  /** @throws StateDictError when there were problems */
  finish(): void {
    if (this.#problems.length === 0) return;
    throw new StateDictError(`${this.#requirement}; got ${visible(this.#problems.join("; "))}`);
  }

  #unlike(name: string, value: unknown, kind: string): undefined {
    if (value === undefined && name !== "") return this.problem(`no "${name}"`);
    return this.wrong(name, `${shown(value)} instead of ${kind}`);
  }
}

/** A number, or the only element of a tensor; undefined for anything else. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const entry = tensorOf(value);
  return typeof entry === "string" || entry.size !== 1 ? undefined : entry.data[0];
}

function joined(path: string, name: string): string {
  return path === "" || name === "" ? path + name : `${path}.${name}`;
}
