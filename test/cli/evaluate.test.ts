/** lanegrad evaluate and report, as the built program. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { csvOf, loans, records, writtenModels } from "./models.ts";
import { runCli } from "./run.ts";

const { inFolder, loan, price } = await writtenModels();

describe("evaluate", () => {
  test("counts what predict says, beside the baseline", async () => {
    const [found] = records(
      (await runCli(["evaluate", loan.file, inFolder("loans.csv"), "--json", "--mistakes", "2"])).json(),
    );
    const rows = loans(600, 300);
    const labels = loan.schema.predict(loan.model, rows).map((each) => (each && "label" in each ? each.label : ""));
    const right = labels.filter((label, i) => label === rows[i]?.paid).length;
    const yes = rows.filter(({ paid }) => paid === "yes").length;
    expect(found).toMatchObject({ rows: 600, misfits: 0, baseline: { name: "yes", share: yes / 600 } });
    expect(found?.["accuracy"]).toBeCloseTo(right / 600, 6);
    const mistakes = found?.["mistakes"];
    expect(mistakes).toHaveLength(2);
    expect(found?.["interval"]).toHaveLength(2);
  });

  test("prints tables of at most 80 columns", async () => {
    for (const [file, data, text] of [
      [loan.file, "loans.csv", "true \\ predicted   no  yes"],
      [price.file, "prices.csv", "mean absolute error"],
    ] as const) {
      const { stdout, stderr, code } = await runCli(["evaluate", file, inFolder(data), "--monte-carlo", "5"]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(text);
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
  });

  test("rows without the target are left out, as train leaves them out", async () => {
    const rows = loans(40).map((row, i) => (i === 3 ? { ...row, paid: "" } : row));
    const all = await runCli(["evaluate", loan.file, "-"], { input: csvOf(rows) });
    expect([all.code, all.stderr]).toEqual([0, ""]);
    expect(all.stdout).toContain('39 rows, target "paid"; 1 without it left out\n');
    const wrong = csvOf(rows.map((row, i) => (i === 7 ? { ...row, income: "much" } : row)));
    const refused = await runCli(["evaluate", loan.file, "-"], { input: wrong });
    expect(refused.stderr).toContain('column "income" of row 7 must be a number; got "much"');
    const skipped = await runCli(["evaluate", loan.file, "-", "--skip", "--json"], { input: wrong });
    expect(JSON.parse(skipped.stdout)).toMatchObject({ rows: 38, unknown: 1, misfits: 1 });
  });

  test("a table without the target is refused", async () => {
    const { code, stderr } = await runCli(["evaluate", loan.file, "-"], {
      input: "income,job,grade,payd\n1,nurse,1,no\n",
    });
    expect([code, stderr]).toEqual([
      1,
      'evaluate: the data must have the column "paid", the target of the model; got "-" without it\ndid you mean "payd"?\n',
    ]);
  });

  test("writes a report, and several become one", async () => {
    const [first, second, both] = ["a.html", "b.html", "both.html"].map(inFolder);
    if (!first || !second || !both) throw new Error("no names");
    const args = ["evaluate", loan.file, inFolder("loans.csv"), "--quiet", "--report"];
    expect((await runCli([...args, first])).code).toBe(0);
    expect((await runCli([...args, second, "--embed", "mistakes"])).code).toBe(0);
    const joined = await runCli(["report", first, second, "-o", both, "--json"]);
    expect(JSON.parse(joined.stdout)).toMatchObject({
      output: both,
      runs: [{ name: "loans.safetensors (a.html)" }, { name: "loans.safetensors (b.html)" }],
    });
    expect(readFileSync(both, "utf8")).toContain("loans.safetensors (b.html)");
    const same = await runCli(["report", first, "-o", first]);
    expect([same.code, same.stderr]).toEqual([2, expect.stringMatching(/^report: --output must be another file/)]);
    const wrong = await runCli(["report", inFolder("loans.csv"), "-o", both]);
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringContaining("a report must have its runs as JSON; got none"),
    ]);
  });
});
