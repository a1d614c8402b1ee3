/**
 * An LSTM forecasts the highest temperature of each of the next 7 days from 30 days of weather, in two cities. Its mean absolute
 * error on the last year is 3.12 °C; that of the temperature a year before (seasonal naive) is 4.16 °C, and of the last day's
 * 3.59 °C. Run: npx tsx examples/forecast.ts
 */
import { Trainer, data, earlyStopping, manualSeed, metrics, nn, optim } from "lanegrad";
import { MEASURED, loadWeather } from "./data/weather.ts";
import { startedDirectly } from "./support/direct.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { hidden: 32, epochs: 50 };
export const QUICK = { hidden: 16, epochs: 3 };
const [DAYS, HORIZON, YEAR] = [30, 7, 365];

export async function run({ hidden, epochs } = FULL) {
  manualSeed(42);
  const cities = [loadWeather("Seattle"), loadWeather("New York")];
  const options = { length: DAYS, horizon: HORIZON, targets: MEASURED.indexOf("temp_max") };
  const windows = data.windows(cities, options);
  const parts = data.split(windows, { validation: 1 / 8, test: 1 / 4, times: windows.times });
  const scale = data.standardize(parts.training, { targets: true });

  const model = nn.sequential(
    nn.lstm(MEASURED.length, hidden, { batchFirst: true }),
    nn.lastStep(),
    nn.dropout(0.2),
    nn.linear(hidden, HORIZON),
  );
  const trainer = new Trainer(model, { loss: nn.l1Loss(), optimizer: optim.adam({ lr: 5e-3 }) });
  await trainer.fit(scale(parts.training), {
    epochs,
    validation: scale(parts.validation),
    callbacks: [earlyStopping()],
  });

  /** The error of forecasting each day as the last known one a season, or several, before it. */
  const naiveError = (season: number) => {
    const { x, y } = data.subset(data.seasonalNaive(cities, { ...options, season }), parts.indices.test);
    return metrics.meanAbsoluteError(x, y);
  };
  const forecasts = scale.targets.inverse(model.predict(scale(parts.test.x)));
  return {
    "a year before": naiveError(YEAR),
    "the last day": naiveError(1),
    LSTM: metrics.meanAbsoluteError(forecasts, parts.test.y),
  };
}

if (startedDirectly(import.meta.url)) {
  const errors = await run(readSettings(FULL, QUICK));
  table(["forecast", "mean absolute error, °C"], Object.entries(errors), 2);
}
