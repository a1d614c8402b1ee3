import { toBytes } from "../../../src/io/index.ts";
import { nn } from "../../../src/index.ts";
import { SCHEMA } from "../../../src/files/model-file.ts";
import {
  type FittedSchema,
  column,
  loadSchema,
  schema as schemaOf,
  schemaFrom,
} from "../../../src/raw/schema/index.ts";
import { mutateMetadata } from "../mutate/safetensors.ts";
import { Fault, type Target } from "../target.ts";

const ROWS = Array.from({ length: 6 }, (_, i) => ({
  age: i + 0.5,
  job: ["nurse", "clerk"][i % 2],
  mail: `word ${i} and words`,
  when: `2024-01-0${i + 1}`,
  smoker: i % 2 === 0,
  species: ["a", "b", "c"][i % 3],
}));

/** Values that mean something in a schema. */
const WORDS: readonly unknown[] = [
  ...Object.keys(column),
  ..."one-hot index hash counts tf-idf tokens refuse flag slot zeros mean log missing".split(" "),
  2 ** 20,
  2 ** 31,
  ["age", { column: "number", options: {}, state: { fill: 0, center: 0, spread: 1 } }],
  "__proto__",
];

function schemas(): readonly FittedSchema[] {
  const age = column.number({ missing: "mean", indicator: true });
  const many = {
    age,
    job: column.category({ encode: "index", unknown: "slot" }),
    mail: column.text(),
    when: column.date({ parts: ["year", "month"], cyclic: true }),
    smoker: column.boolean(),
  };
  const tokens = { mail: column.text({ encode: "tokens", length: 4 }) };
  return [
    schemaOf({ inputs: many, target: { species: column.category() } }).fit(ROWS),
    schemaOf({ inputs: tokens, target: { age: column.number() }, onMisfit: "flag" }).fit(ROWS),
  ];
}

/** `loadSchema`. */
export const schema: Target = {
  name: "schema",
  errors: ["FormatError"],
  room: 2 ** 28,
  async seeds() {
    return schemas().map((each) => toBytes(nn.linear(1, 1), { schema: each }));
  },
  mutate(draw, seeds) {
    return mutateMetadata(draw, draw.pick(seeds) ?? new Uint8Array(), SCHEMA, WORDS);
  },
  async read(bytes) {
    const fitted = await loadSchema(bytes);
    for (const { problem } of fitted.check(ROWS)) {
      if (!problem.startsWith("must ")) throw new Fault(`a problem must say what must hold; got ${problem}`);
    }
    const text = JSON.stringify(fitted);
    if (JSON.stringify(schemaFrom(text)) !== text) throw new Fault("a schema must be what was loaded");
    return 0;
  },
};
