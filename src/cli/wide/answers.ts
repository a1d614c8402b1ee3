/** Answers of the self-test, remembered in a file. Without the file, or where it cannot be written, the test runs again. */
import { randomBytes } from "node:crypto";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../data/make-folder.ts";

export interface Answer {
  /** What the answer depends on: versions and processor. */
  readonly machine: string;
  /** Why wide mode must not be used; "" if it passed. */
  readonly refused: string;
  /** When the test ran: milliseconds since 1970. */
  readonly time: number;
}

const MOST_ANSWERS = 32;
const MOST_BYTES = 65_536; // longer files are not ours
const LONGEST = 500; // characters of a text in the file
const RETRY = 7 * 24 * 3600 * 1000; // ms after which a test that failed runs again: the machine may have been busy

/** The answer for `machine`, or undefined if there is none that still holds. */
export async function rememberedAnswer(file: string, machine: string): Promise<Answer | undefined> {
  const answer = (await answersIn(file)).find((each) => each.machine === machine);
  if (answer === undefined || answer.refused === "") return answer;
  const age = Date.now() - answer.time;
  return age >= 0 && age < RETRY ? answer : undefined;
}

/** Writes the answer before those that are there. Of processes that do so at the same time, one may lose its answer. */
export async function rememberAnswer(file: string, answer: Answer): Promise<void> {
  const others = (await answersIn(file)).filter(({ machine }) => machine !== answer.machine);
  const answers = [{ ...answer, refused: answer.refused.slice(0, LONGEST) }, ...others].slice(0, MOST_ANSWERS);
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    makeFolder(dirname(file));
    await writeFile(temporary, `${JSON.stringify({ answers }, null, 1)}\n`, { flag: "wx", mode: 0o600 });
    await rename(temporary, file);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** The answers in the file; none if it is not readable or has something else. */
async function answersIn(file: string): Promise<readonly Answer[]> {
  try {
    const found: unknown = JSON.parse(await firstBytes(file));
    if (typeof found !== "object" || found === null || !("answers" in found) || !Array.isArray(found.answers))
      return [];
    return found.answers.filter(isAnswer).slice(0, MOST_ANSWERS);
  } catch {
    return [];
  }
}

async function firstBytes(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    // A pipe or device would never end, or never begin.
    if (!(await handle.stat()).isFile()) return "";
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function isAnswer(value: unknown): value is Answer {
  const { machine, refused, time }: Partial<Record<keyof Answer, unknown>> = Object(value);
  const isText = (text: unknown): boolean => typeof text === "string" && text.length <= LONGEST;
  return isText(machine) && isText(refused) && typeof time === "number";
}
