import type { UrlLike } from "../base/url.ts";
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
  const html = await reportOf("writeReport", runs, options);
  await writeFile("writeReport", file, [new TextEncoder().encode(html)]);
}
