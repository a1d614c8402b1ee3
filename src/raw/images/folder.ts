import { FormatError, shown } from "../../base/errors.ts";
import { type UrlLike, isUrl } from "../../base/url.ts";
import { located, onHost, requireKind } from "../../files/host.ts";

/** An image in a directory whose subfolders are classes. */
export interface LabelledFile {
  /** The class: the name of the subfolder. */
  readonly label: string;
  /** `cats/1.png`: from the directory on, with slashes. */
  readonly path: string;
  /** The absolute path. */
  readonly file: string;
}

const EXTENSION = /\.(png|jpe?g)$/i;

/**
 * The images in the subfolders of a directory, classes and names in the order of their UTF-16 code units. Other files, and
 * names that begin with a dot, are left out.
 * @throws FormatError when an image lies beside the classes, a class has a folder or no image, or there is no class
 * @throws FileError when the host cannot read a directory
 */
export async function imagesIn(where: string, directory: string | UrlLike): Promise<readonly LabelledFile[]> {
  if (typeof directory !== "string" && !isUrl(directory)) {
    throw new TypeError(`${where}: the directory must be a path or a file: URL; got ${shown(directory)}`);
  }
  const { files, path: root } = located(where, directory);
  const called = (path: string): string => `${where}: ${JSON.stringify(path)}`;
  const kindOf = (path: string): Promise<"file" | "directory" | "other" | undefined> =>
    onHost(where, path, "readable", async () => (await files.status(path))?.kind);
  const listed = async (path: string): Promise<readonly string[]> => {
    const names = await onHost(where, path, "a readable directory", () => files.list(path));
    return names.filter((name) => !name.startsWith(".")).toSorted();
  };
  requireKind(where, root, await onHost(where, root, "readable", () => files.status(root)), "directory");
  const images: LabelledFile[] = [];
  for (const label of await listed(root)) {
    const folder = files.resolve(root, label);
    if ((await kindOf(folder)) !== "directory") {
      if (!EXTENSION.test(label)) continue;
      throw new FormatError(`${called(folder)} must be in a subfolder, which is its class; got it beside them`);
    }
    const before = images.length;
    for (const name of await listed(folder)) {
      const file = files.resolve(folder, name);
      if ((await kindOf(file)) === "directory") {
        throw new FormatError(`${called(folder)} must hold images, as a class; got the folder ${JSON.stringify(name)}`);
      }
      if (EXTENSION.test(name)) images.push({ label, path: `${label}/${name}`, file });
    }
    if (images.length === before) throw new FormatError(`${called(folder)} must hold PNG or JPEG images; got none`);
  }
  if (images.length > 0) return images;
  throw new FormatError(`${called(root)} must have a subfolder of images for each class; got none`);
}
