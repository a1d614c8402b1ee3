/** Draws the masks of docs/dropout.md, with the layers themselves. Run: npm run pictures */
import { writeFileSync } from "node:fs";
import { manualSeed, nn, tensor } from "lanegrad";

const CELL = 7; // pixels
const GAP = 44;
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .quiet { fill: #59636e }
  .dropped { fill: #d1d9e0 }
  .kept { fill: #1f883d }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .dropped { fill: #30363d }
    .kept { fill: #3fb950 }
  }
`;

/** For each row and column, whether the element is kept. */
type Grid = readonly (readonly boolean[])[];

interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly text: string;
}

/** Which elements of a tensor of ones a layer keeps, as rows of `columns` elements. */
function maskOf(layer: nn.Module, shape: readonly number[], columns: number): Grid {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const { data } = layer.run(tensor(new Float32Array(size).fill(1), shape));
  return Array.from({ length: size / columns }, (_, row) =>
    Array.from(data.subarray(row * columns, (row + 1) * columns), (value) => value !== 0),
  );
}

/** Draws a grid; adjacent kept elements of a row are one rectangle. */
function draw(grid: Grid, left: number, top: number): Drawing {
  const [width, height] = [(grid[0]?.length ?? 0) * CELL, grid.length * CELL];
  const kept = grid.flatMap((row, y) =>
    runsOf(row).map(
      ([start, end]) =>
        `M${left + start * CELL} ${top + y * CELL}h${(end - start) * CELL - 1}v${CELL - 1}h${1 - (end - start) * CELL}z`,
    ),
  );
  const text = [
    `<rect class="dropped" x="${left}" y="${top}" width="${width - 1}" height="${height - 1}"/>`,
    `<path class="kept" d="${kept.join("")}"/>`,
  ].join("\n");
  return { width, height, text };
}

function runsOf(row: readonly boolean[]): [number, number][] {
  const starts = row.flatMap((kept, i) => (kept && !row[i - 1] ? [i] : []));
  return starts.map((start) => {
    const length = row.slice(start).indexOf(false);
    return [start, length < 0 ? row.length : start + length];
  });
}

/** Draws feature maps: a row of channels for each sample. */
function sideBySide(grid: Grid, side: number, channels: number, left: number, top: number): Drawing {
  const step = (side + 1) * CELL;
  const maps = Array.from({ length: grid.length / side }, (_, i) =>
    draw(grid.slice(i * side, (i + 1) * side), left + (i % channels) * step, top + Math.floor(i / channels) * step),
  );
  return {
    width: channels * step,
    height: (maps.length / channels) * step,
    text: maps.map(({ text }) => text).join("\n"),
  };
}

function save(name: string, title: string, width: number, height: number, parts: readonly string[]): void {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`;
  const file = new URL(`../docs/${name}.svg`, import.meta.url);
  writeFileSync(file, [head, `<title>${title}</title>`, `<style>${STYLE}</style>`, ...parts, "</svg>\n"].join("\n"));
  console.log(`wrote docs/${name}.svg`);
}

const label = (x: number, y: number, name: string, quiet = ""): string =>
  `<text x="${x}" y="${y}">${name}${quiet && `<tspan class="quiet" dx="8">${quiet}</tspan>`}</text>`;

function masks(): void {
  manualSeed(7);
  const units = (layer: nn.Module) => (left: number, top: number) => draw(maskOf(layer, [16, 48], 48), left, top);
  const maps = (layer: nn.Module) => (left: number, top: number) =>
    sideBySide(maskOf(layer, [2, 5, 9, 9], 9), 9, 5, left, top);
  const forms = [
    ["dropout(0.5)", "16 samples, 48 units", units(nn.dropout(0.5))],
    ["dropout(0.5, { group: 4 })", "one mask for 4 samples", units(nn.dropout(0.5, { group: 4 }))],
    ["dropout(0.5, { axes: [0] })", "one mask for the batch", units(nn.dropout(0.5, { axes: [0] }))],
    ["dropout(0.5, { block: 8, group: 4 })", "half of the blocks", units(nn.dropout(0.5, { block: 8, group: 4 }))],
    ["dropout2d(0.5)", "2 samples, 5 channels of 9 x 9", maps(nn.dropout2d(0.5))],
    ["dropBlock2d(0.3, 3)", "regions of 3 x 3", maps(nn.dropBlock2d(0.3, 3))],
  ] as const;
  let top = 0;
  const parts: string[] = [];
  for (let i = 0; i < forms.length; i += 2) {
    const row = forms.slice(i, i + 2).map(([name, quiet, drawn], column) => {
      const left = column * (50 * CELL + GAP);
      const drawing = drawn(left, top + 26);
      parts.push(label(left, top + 16, name, quiet), drawing.text);
      return drawing.height;
    });
    top += 26 + Math.max(...row) + 22;
  }
  save("dropout-masks", "Masks of six forms of dropout: green is kept", 100 * CELL + GAP, top, parts);
}

/** X W = Y for two groups of samples: only weights between a kept input and a kept output are used. */
function blocks(): void {
  manualSeed(3);
  const [samples, units, group] = [8, 48, 4];
  const drop = (): Grid => maskOf(nn.dropout(0.5, { block: 8, group }), [samples, units], units);
  const [x, y] = [drop(), drop()];
  const parts: string[] = [];
  let top = 0;
  for (let first = 0; first < samples; first += group) {
    const [inputs, outputs] = [x.slice(first, first + group), y.slice(first, first + group)];
    const weights = Array.from({ length: units }, (_, i) =>
      Array.from({ length: units }, (__, j) => inputs[0]?.[i] === true && outputs[0]?.[j] === true),
    );
    const middle = top + 26 + (units * CELL) / 2;
    const drawings: readonly (readonly [string, Grid, number])[] = [
      [`inputs of samples ${first + 1} to ${first + group}`, inputs, middle - (group * CELL) / 2],
      ["weights used: a quarter", weights, top + 26],
      ["outputs", outputs, middle - (group * CELL) / 2],
    ];
    drawings.forEach(([name, grid, y0], i) => {
      const left = i * (units * CELL + GAP);
      parts.push(label(left, y0 - 10, name), draw(grid, left, y0).text);
      if (i < 2)
        parts.push(`<text x="${left + units * CELL + GAP / 2 - 6}" y="${middle + 5}">${i === 0 ? "×" : "="}</text>`);
    });
    top += 26 + units * CELL + 22;
  }
  save("dropout-blocks", "A matrix product that computes kept blocks only", 3 * units * CELL + 2 * GAP, top, parts);
}

masks();
blocks();
