import { createReport, readReport } from "../../../src/report/index.ts";
import { digits, houses } from "../../../test/report/samples.ts";
import { mutateJson, printJson } from "../mutate/json.ts";
import { mutateBytes } from "../mutate/bytes.ts";
import { Fault, type Target } from "../target.ts";

const AROUND = /^([\s\S]*id="lanegrad-report">)([\s\S]*?)(<\/script>[\s\S]*)$/;
/** Values that mean something in a report. */
const WORDS: readonly unknown[] = [
  "image",
  "text",
  "row",
  "entropy",
  "strict",
  null,
  -1,
  0.5,
  2 ** 53,
  "</script>",
  [],
];

/** `readReport`, and `createReport` of what it reads. */
export const report: Target = {
  name: "report",
  errors: ["FormatError"],
  room: 2 ** 28,
  async seeds() {
    const data = { "houses.csv": new TextEncoder().encode("area,price\n1,2\n") };
    const pages = [createReport(digits), createReport(houses, { embed: "all", data })];
    return (await Promise.all(pages)).map((page) => new TextEncoder().encode(page));
  },
  mutate(draw, seeds) {
    const bytes = draw.pick(seeds) ?? new Uint8Array();
    const [, before, json, after] = AROUND.exec(new TextDecoder().decode(bytes)) ?? [];
    if (json === undefined || draw.chance(0.1)) return mutateBytes(draw, bytes, seeds);
    return new TextEncoder().encode(`${before}${printJson(draw, mutateJson(draw, JSON.parse(json), WORDS))}${after}`);
  },
  async read(bytes) {
    const { title, runs, data } = await readReport(bytes);
    for (const file of data) await file.read();
    const page = runs.length === 0 ? "" : await createReport(runs, { title, embed: "mistakes" });
    if ((page.match(/<script/g) ?? []).length > 1) throw new Fault("a page must have no script of a name");
    return 0;
  },
};
