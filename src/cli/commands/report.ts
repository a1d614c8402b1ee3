import { Command } from "commander";
import type { ReportCommandOptions } from "../actions/report.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";
import { embedOption } from "./shared-options.ts";

export function reportCommand(): Command {
  return new Command("report")
    .summary("the runs of several reports in one, compared")
    .description(
      "Writes one report of the runs of several: their curves and scores side by side. Needs the package echarts.",
    )
    .argument("<reports...>", "reports that lanegrad train, tune or evaluate wrote, or writeReport of lanegrad/report")
    .requiredOption("-o, --output <file>", "the HTML file that is written")
    .option("--title <text>", "its title (default: the count of runs)")
    .addOption(embedOption())
    .addHelpText(
      "after",
      examples([
        ["lanegrad report plain.html dropout.html --output both.html", "two runs side by side"],
        ["lanegrad report runs/*.html --output all.html --title 'Width and dropout'", "many runs"],
      ]),
    )
    .action(async (files: readonly string[], options: ReportCommandOptions) => {
      const { report } = await import("../actions/report.ts");
      await report(files, options, openTerminal(options));
    });
}
