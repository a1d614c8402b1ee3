import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Whether a file of a folder of images is one that is read. */
export function isImage(name: string): boolean {
  return /\.(png|jpe?g)$/i.test(name) && !name.startsWith(".");
}

/** The images in the subfolders of a folder, by class and name: in the order of their UTF-16 code units. */
export function imagesIn(folder: string): readonly (readonly [label: string, name: string])[] {
  const labels = readdirSync(folder).filter(
    (name) => !name.startsWith(".") && statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory(),
  );
  return labels.toSorted().flatMap((label) =>
    readdirSync(join(folder, label))
      .filter(isImage)
      .toSorted()
      .map((name) => [label, name] as const),
  );
}
