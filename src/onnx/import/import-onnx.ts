import type { FileLike } from "../../files/source.ts";
import { readAll } from "../../files/read-all.ts";
import { readModel } from "../model.ts";
import { graphOf } from "./graph.ts";
import { OnnxModule } from "./module.ts";

/**
 * The graph of an ONNX file as a module in training mode, which runs, trains and is saved as others. Nothing in the file is
 * executed. Floats that nodes compute with are parameters; integers, and floats that are settings, are constants.
 *
 * @param file a path, a URL, a Blob or bytes
 * @throws FormatError when the file is damaged, or has operators or types that are not known; the error lists those that are
 * @throws FileError when the host cannot read the file
 */
export async function importOnnx(file: FileLike): Promise<OnnxModule> {
  return readAll("importOnnx", file, (bytes, where) => {
    const model = readModel(`${where}: not ONNX, or damaged`, bytes);
    return new OnnxModule(graphOf(where, model));
  });
}
