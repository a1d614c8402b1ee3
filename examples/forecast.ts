/**
 * An LSTM forecasts the highest temperature of each of the next 7 days from 30 days of weather, in two cities. Its mean absolute
 * error on the last year is 3.12 °C; that of the temperature a year before (seasonal naive) is 4.16 °C, and of the last day's
 * 3.59 °C. Run: npx tsx examples/forecast.ts
 */
import { type Tensor, Trainer, data, earlyStopping, manualSeed, metrics, nn, optim, tensor } from "lanegrad";
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
  const windows = data.windows(cities, { length: DAYS, horizon: HORIZON, targets: [MEASURED.indexOf("temp_max")] });
  const parts = data.split(windows, { validation: 1 / 8, test: 1 / 4, times: windows.times });
  const [scaleX, scaleY] = [data.standardize(parts.training.x), data.standardize(parts.training.y)];
  const scaled = ({ x, y }: data.Dataset) => data.fromArrays(scaleX(x), scaleY(y));

  const model = nn.sequential(
    nn.lstm(MEASURED.length, hidden, { batchFirst: true }),
    nn.lastStep(),
    nn.dropout(0.2),
    nn.linear(hidden, HORIZON),
    nn.unflatten(1, [HORIZON, 1]),
  );
  const trainer = new Trainer(model, { loss: nn.l1Loss(), optimizer: optim.adam({ lr: 5e-3 }) });
  await trainer.fit(scaled(parts.training), {
    epochs,
    validation: scaled(parts.validation),
    callbacks: [earlyStopping()],
  });

  /** Measured temperatures in place of forecasts: of the day that is `daysBefore` each of the seven. */
  const earlier = (daysBefore: (day: number) => number) =>
    Array.from(parts.indices.test, (i) =>
      Array.from({ length: HORIZON }, (_, day) => {
        const step = (windows.times.to[i] ?? NaN) - HORIZON + 1 + day - daysBefore(day);
        return [cities[windows.series[i] ?? NaN]?.data[step * MEASURED.length] ?? NaN];
      }),
    );
  const errorOf = (forecast: Tensor) => metrics.meanAbsoluteError(forecast, parts.test.y);
  return {
    "a year before": errorOf(tensor(earlier(() => YEAR))),
    "the last day": errorOf(tensor(earlier((day) => day + 1))),
    LSTM: errorOf(scaleY.inverse(model.predict(scaleX(parts.test.x)))),
  };
}

if (startedDirectly(import.meta.url)) {
  const errors = await run(readSettings(FULL, QUICK));
  table(["forecast", "mean absolute error, °C"], Object.entries(errors), 2);
}
