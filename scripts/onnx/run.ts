import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runCase } from "./case.ts";
const root = "/usr/share/libonnx-testdata/data";
for (const kind of process.argv.slice(2)) {
  let ok = 0; let all = 0;
  for (const name of readdirSync(join(root, kind)).toSorted()) {
    const outcome = await runCase(join(root, kind, name));
    all++;
    if (outcome.problem === undefined) ok++;
    else console.log(kind, name, outcome.operators.join(","), "|", outcome.problem.slice(0, 300));
  }
  console.log(kind, ok, "of", all);
}
