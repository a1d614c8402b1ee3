/**
 * The weather of every day from 2012 to 2015 in Seattle and New York: 2 x 1461 days. None is missing.
 *
 * Source: weather.csv of the npm package @observablehq/sample-datasets 1.0.1 (ISC), from the daily summaries of NOAA, which are
 * in the public domain (https://www.ncdc.noaa.gov/cdo-web/datatools/records). Columns: location, date, precipitation (mm),
 * temp_max and temp_min (°C), wind (m/s, mean of the day), weather (one of drizzle, fog, rain, snow, sun).
 */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { tensor, type Tensor } from "lanegrad";
import { packageFile } from "./package-file.ts";

export const WEATHER_CSV = packageFile("@observablehq/sample-datasets/weather.csv");

/** Columns of the series. */
export const MEASURED = ["temp_max", "temp_min", "precipitation", "wind"];

/** The days of a place in order, [1461, 4]. */
export function loadWeather(location: "Seattle" | "New York"): Tensor {
  const days: Record<string, string>[] = parse(readFileSync(WEATHER_CSV), { columns: true });
  const here = days.filter((day) => day["location"] === location);
  return tensor(here.map((day) => MEASURED.map((column) => Number(day[column]))));
}
