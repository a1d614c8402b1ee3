import { FormatError } from "../base/errors.ts";
import { jsonText } from "../files/json-reader.ts";
import { MOST_EXPANSION, inflatedStart } from "../files/inflate.ts";
import { readAll } from "../files/read-all.ts";
import type { FileLike } from "../files/source.ts";
import { fromBase64 } from "./base64.ts";
import { AFTER, BEFORE, type PackedFile, content } from "./content.ts";
import { isDeeperThan } from "./depth.ts";
import type { RunRecord } from "./run/record.ts";

const DEEPEST = 128; // levels: those of the records, and 100 of values of any form

/** What a report holds. */
export interface Report {
  readonly title: string;
  readonly runs: readonly RunRecord[];
  /** The files of the data; none unless it was written with `embed` "all". */
  readonly data: readonly EmbeddedFile[];
}

/** A file in a report. */
export interface EmbeddedFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Unpacks it.
   * @throws FormatError when it is damaged
   */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The runs in a report, for a comparison or to train again. Every value is checked; nothing of the file is executed.
 *
 * @throws FormatError when it is no report, of a newer version, or a value is not as `writeReport` wrote it
 * @throws FileError when the host cannot read it
 */
export async function readReport(file: FileLike): Promise<Report> {
  return readAll("readReport", file, (bytes, where) => {
    const refuse = (must: string, got: string): never => {
      throw new FormatError(`${where}: ${must}; got ${got}`);
    };
    const html = jsonText("a report", bytes, refuse);
    const start = html.indexOf(BEFORE) + BEFORE.length;
    const end = html.indexOf(AFTER, start);
    if (start < BEFORE.length || end < 0) refuse("a report must have its runs as JSON", "none");
    const { title, runs, data } = content(parsed(where, html.slice(start, end)), `${where}: report`);
    return { title, runs, data: data.map((each) => embedded(where, each)) };
  });
}

function parsed(where: string, text: string): unknown {
  if (isDeeperThan(DEEPEST, text)) {
    throw new FormatError(`${where}: the runs must have at most ${DEEPEST} levels; got more`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${where}: the runs must be JSON; got another text`, { cause });
  }
}

function embedded(where: string, { name, size, gzip }: PackedFile): EmbeddedFile {
  const what = `${where}: the file ${JSON.stringify(name)}`;
  const read = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const packed = fromBase64(gzip);
    if (!packed) throw new FormatError(`${what} must be base64; got another text`);
    if (size > packed.length * MOST_EXPANSION) throw new FormatError(`${what} must expand to ${size} bytes; got fewer`);
    const bytes = await inflatedStart(what, packed, "gzip", size);
    if (bytes.length === size) return bytes;
    throw new FormatError(`${what} must expand to ${size} bytes; got ${bytes.length}`);
  };
  return { name, size, read };
}
