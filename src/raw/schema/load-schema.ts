import { FormatError } from "../../base/errors.ts";
import { SCHEMA } from "../../files/model-file.ts";
import { readHeader } from "../../files/safetensors/index.ts";
import { type FileLike, withSource } from "../../files/source.ts";
import type { FittedSchema } from "./fitted.ts";
import { schemaOf } from "./json.ts";

/**
 * The fitted schema in a file that `io.save(model, file, { schema })` wrote. Only the header of the file is read.
 *
 * @throws FormatError when the file is not as the format requires, or has no schema or one of a newer version
 * @throws FileError when the host cannot read it
 */
export async function loadSchema(file: FileLike): Promise<FittedSchema> {
  return withSource("loadSchema", file, async (source) => {
    const { metadata } = await readHeader("loadSchema", source);
    const where = `loadSchema: in ${JSON.stringify(source.name)}`;
    const text = metadata.get(SCHEMA);
    if (text !== undefined) return schemaOf(where, text);
    throw new FormatError(
      `${where}: metadata must have a schema under "${SCHEMA}", as \`io.save(model, file, { schema })\` writes it; got none`,
    );
  });
}
