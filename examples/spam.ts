/**
 * Tells spam from other mails by the words of subject and body. To lose a mail is as bad as to read ten of spam: the threshold is
 * chosen for that on validation mails. Of 1209 test mails 98.8 % are right; 99.5 % of those called spam are spam, and 96.6 % of
 * the spam is found. Run: npx tsx examples/spam.ts
 */
import { Trainer, data, manualSeed, metrics, nn, optim } from "lanegrad";
import { column, schema } from "lanegrad/data";
import { loadMails } from "./data/mails.ts";
import { startedDirectly } from "./support/direct.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { every: 1, words: 4000, epochs: 10 };
export const QUICK = { every: 4, words: 1000, epochs: 8 };

/** The subject and the body: other headers tell on which day and machine a mail was collected. */
function textOf(raw: string): string {
  const end = raw.indexOf("\n\n");
  const [, subject = ""] = /^subject:(.*)/im.exec(raw.slice(0, end)) ?? [];
  return subject + raw.slice(end);
}

export async function run({ every, words, epochs } = FULL) {
  manualSeed(42);
  const mails = loadMails()
    .filter((_, i) => i % every === 0)
    .map(({ raw, isSpam }) => ({ text: textOf(raw), isSpam }));
  // Copies of a mail are in one part.
  const { training, validation, test } = data.split(mails, { validation: 0.2, test: 0.2, groups: ({ text }) => text });
  const fitted = schema({
    inputs: { text: column.text({ words, minTexts: 3 }) },
    target: { isSpam: column.boolean() },
  }).fit(training);

  const model = nn.sequential(nn.dropout(0.2), nn.linear(fitted.features.length, 32), nn.relu(), nn.linear(32, 1));
  const trainer = new Trainer(model, { loss: nn.bceWithLogitsLoss(), optimizer: optim.adam({ lr: 3e-3 }) });
  await trainer.fit(fitted.dataset(training), { epochs });

  const [known, unseen] = [fitted.dataset(validation), fitted.dataset(test)];
  const cost = { falsePositive: 10, falseNegative: 1 };
  const { threshold } = metrics.chooseThreshold(model.predict(known.x), known.y, { cost });
  const scores = model.predict(unseen.x);
  const at = (threshold: number) => ({
    accuracy: metrics.accuracy(scores, unseen.y, { threshold }),
    precision: metrics.precision(scores, unseen.y, { threshold }),
    recall: metrics.recall(scores, unseen.y, { threshold }),
  });
  return { mails: [training.length, validation.length, test.length], half: at(0), chosen: at(threshold) };
}

if (startedDirectly(import.meta.url)) {
  const { mails, half, chosen } = await run(readSettings(FULL, QUICK));
  console.log(`${mails.join(", ")} mails to learn from, for validation and for the test\n`);
  const row = (name: string, { accuracy, precision, recall }: typeof half) => [name, accuracy, precision, recall];
  table(
    ["threshold", "accuracy", "precision", "recall"],
    [row("probability 0.5", half), row("chosen by cost", chosen)],
  );
}
