/** Small models with their schemas, as files, for tests of commands that use models. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { Trainer, manualSeed, nn, optim } from "lanegrad";
import { type FittedSchema, type Row, column, schema } from "lanegrad/data";
import * as io from "lanegrad/io";

/** A model and its schema. */
interface Fixture {
  readonly file: string;
  readonly model: nn.Module;
  readonly schema: FittedSchema;
}

/** Models of loans and prices, with rows of both in loans.csv and prices.csv. */
export interface Models {
  readonly folder: string;
  /** The path of a file in the folder. */
  readonly inFolder: (name: string) => string;
  readonly loan: Fixture;
  readonly price: Fixture;
}

/** Writes them to a folder of their own, which is removed after the tests of the file. */
export async function writtenModels(): Promise<Models> {
  const folder = mkdtempSync(join(tmpdir(), "lanegrad-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const inFolder = (name: string): string => join(folder, name);
  writeFileSync(inFolder("loans.csv"), csvOf(loans(600, 300)));
  writeFileSync(inFolder("prices.csv"), csvOf(prices(60)));
  return { folder, inFolder, loan: await loanModel(folder), price: await priceModel(folder) };
}

export function csvOf(rows: readonly object[]): string {
  const names = Object.keys(rows[0] ?? {});
  return `${[names, ...rows.map((row) => Object.values(row))].map((cells) => cells.join(",")).join("\n")}\n`;
}

/** Records of JSON lines. */
export function records(lines: readonly unknown[]): readonly Readonly<Record<string, unknown>>[] {
  return lines.map((line): Readonly<Record<string, unknown>> => Object(line));
}

/** Rows of a loan: whether it was paid back depends on income and job. */
export function loans(count: number, first = 0): readonly (Row & { readonly income: number; readonly paid: string })[] {
  return Array.from({ length: count }, (_, i) => {
    const n = i + first;
    const income = 1000 + ((n * 7919) % 4000);
    const job = ["clerk", "nurse", "smith"][n % 3] ?? "";
    const paid = income > 3000 || job === "nurse" ? "yes" : "no";
    return { id: String(n).padStart(5, "0"), income, job, grade: (n % 4) + 1, paid };
  });
}

/** Tells "no" and "yes" apart by income, job and grade. */
async function loanModel(folder: string): Promise<Fixture> {
  manualSeed(1);
  const rows = loans(300);
  const fitted = schema({
    inputs: { income: column.number(), job: column.category(), grade: column.category() },
    target: { paid: column.category() },
  }).fit(rows);
  const model = nn.sequential(nn.linear(fitted.features.length, 16), nn.relu(), nn.dropout(0.2), nn.linear(16, 2));
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.01 }) });
  await trainer.fit(fitted.dataset(rows), { epochs: 30 });
  model.eval();
  return saved(folder, "loans.safetensors", model, fitted);
}

/** Predicts a price from an area. */
async function priceModel(folder: string): Promise<Fixture> {
  manualSeed(1);
  const rows = prices(200);
  const fitted = schema({ inputs: { area: column.number() }, target: { price: column.number() } }).fit(rows);
  const model = nn.sequential(nn.linear(1, 16), nn.tanh(), nn.dropout(0.1), nn.linear(16, 1));
  const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.01 }) });
  await trainer.fit(fitted.dataset(rows), { epochs: 30 });
  model.eval();
  return saved(folder, "prices.safetensors", model, fitted);
}

export function prices(count: number): readonly (Row & { readonly area: number; readonly price: number })[] {
  return Array.from({ length: count }, (_, i) => {
    const area = 40 + ((i * 37) % 100);
    return { area, price: 50_000 + 2500 * area + ((i * 7907) % 9000) };
  });
}

async function saved(folder: string, name: string, model: nn.Module, fitted: FittedSchema): Promise<Fixture> {
  const file = join(folder, name);
  await io.save(model, file, { schema: fitted });
  return { file, model, schema: fitted };
}
