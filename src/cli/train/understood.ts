import { printCount } from "../terminal/numbers.ts";
import { plain } from "../terminal/plain.ts";
import { pairs, table, wrapped } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Understood } from "../recipe/from-options.ts";
import type { Prepared } from "../recipe/train-recipe.ts";
import { learningText, modelText, parametersOf, partsText, targetText } from "./shown.ts";

/** Columns of data that are shown. */
const MOST_COLUMNS = 60;

/** What was understood of data and options, for people. */
export function understoodText(prepared: Prepared, { inferred, rows }: Understood, terminal: Terminal): string {
  const { recipe } = prepared;
  const width = terminal.isInteractive ? terminal.columns : Infinity;
  const notation = "notation" in recipe.model ? recipe.model.notation : recipe.model.path;
  const data = `${plain(recipe.data.path)}, ${printCount(rows.rows.length)} rows`;
  const all = inferred?.columns.slice(0, MOST_COLUMNS) ?? [];
  const cells = all.map(({ name, role, becomes, reason }) => [
    plain(role === "target" ? `${name} (target)` : name),
    becomes,
    plain(reason),
  ]);
  const more = (inferred?.columns.length ?? 0) - all.length;
  const warnings = (inferred?.warnings ?? []).map((each) =>
    terminal.style.yellow(wrapped(`! ${plain(each)}`, width).join("\n  ")),
  );
  const parts = [
    pairs([["data", data]], width),
    ...(inferred
      ? [table(["column", "becomes", "because"], cells, width) + (more > 0 ? `\nand ${printCount(more)} more` : "")]
      : []),
    ...(warnings.length > 0 ? [warnings.join("\n")] : []),
    pairs(
      [
        ["target", targetText(prepared)],
        ["rows", partsText(prepared)],
        ["training", learningText(prepared)],
        ["model", plain(notation)],
      ],
      width,
    ),
    modelText(prepared),
  ];
  return parts.join("\n\n");
}

/** What was understood, as JSON: the first line of a training with --json. */
export function understoodJson({ recipe, sets, target, model }: Prepared, { inferred }: Understood): object {
  return {
    type: "begin",
    recipe,
    target,
    rows: {
      training: sets.training.length,
      validation: sets.validation?.length ?? 0,
      test: sets.test?.length ?? 0,
    },
    parameters: parametersOf(model),
    warnings: inferred?.warnings ?? [],
  };
}
