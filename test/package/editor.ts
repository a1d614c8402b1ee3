import { existsSync, readFileSync } from "node:fs";
import ts from "typescript";
import type { Installed } from "./installed.ts";

/** What an editor shows at places in a program that imports the installed package. */
export interface Editor {
  /** What it shows of the name that ends at a place: its type, then its documentation. */
  hover(place: number): string;
  completions(place: number): readonly { readonly name: string; readonly documentation: string }[];
}

/** @param program each `|` in it is a place */
export function editor(installed: Installed, program: string): Editor {
  const parts = program.split("|");
  const places = parts.map((_, i) => parts.slice(0, i + 1).join("").length);
  const file = installed.write("edited.mts", parts.join(""));
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => "",
    getScriptSnapshot: (name) =>
      existsSync(name) ? ts.ScriptSnapshot.fromString(readFileSync(name, "utf8")) : undefined,
    getCurrentDirectory: () => installed.folder,
    getCompilationSettings: () => ({ module: ts.ModuleKind.NodeNext, strict: true, types: [] }),
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    fileExists: existsSync,
    readFile: (name) => readFileSync(name, "utf8"),
    directoryExists: existsSync,
  });
  const at = (place: number): number => places[place] ?? 0;
  return {
    hover: (place) => {
      const shown = service.getQuickInfoAtPosition(file, at(place) - 1);
      return [shown?.displayParts, shown?.documentation].map((each) => ts.displayPartsToString(each)).join("\n");
    },
    completions: (place) =>
      (service.getCompletionsAtPosition(file, at(place), {})?.entries ?? []).map(({ name }) => {
        const shown = service.getCompletionEntryDetails(file, at(place), name, {}, undefined, {}, undefined);
        return { name, documentation: ts.displayPartsToString(shown?.documentation) };
      }),
  };
}
