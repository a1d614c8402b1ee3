import { shown } from "../base/errors.ts";
import { type UrlLike, isUrl } from "../base/url.ts";
import { writeFile } from "../files/write.ts";
import { type ReportOptions, type Run, reportOf } from "./create-report.ts";

/**
 * Writes the page of `createReport` to a file, in one step: a reader sees the former file or the whole new one.
 *
 * @throws TypeError or RangeError as `createReport`
 * @throws FileError when the host cannot write
 * @throws Error when echarts is not installed
 */
export async function writeReport(
  file: string | UrlLike,
  runs: Run | readonly Run[],
  options: ReportOptions = {},
): Promise<void> {
  if (typeof file !== "string" && !isUrl(file)) {
    throw new TypeError(`writeReport: the file must be a path or a file: URL; got ${shown(file)}`);
  }
  const html = await reportOf("writeReport", runs, options);
  await writeFile("writeReport", file, [new TextEncoder().encode(html)]);
}
