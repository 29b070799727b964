/**
 * Prints every text that users can see, sorted by file, so that they can be read in one go; and the
 * wordings in them that the rules forbid or doubt. Takes folders, by default `lib`, in the current folder. With `--score`
 * it prints the number of texts and how easy they are to read instead.
 *
 *     deno task messages [--score] [FOLDER]...
 * @module
 */

import { findTexts } from "./messages/find_texts.ts";
import { readability } from "./messages/readability.ts";
import { findWordings } from "./messages/wordings.ts";

if (import.meta.main) {
  const folders = Deno.args.filter((argument) => !argument.startsWith("--"));
  const texts = await findTexts(folders.length > 0 ? folders : ["lib"]);
  if (Deno.args.includes("--score")) {
    const { sentences, words, grade } = readability(texts.map(({ text }) => text));
    const perSentence = (words / sentences).toFixed(1);
    console.log(
      `${texts.length} texts, ${words} words, ${perSentence} words a sentence, ` +
        `Flesch-Kincaid grade ${grade.toFixed(1)}`,
    );
  } else {
    for (const { file, line, kind, text } of texts) {
      console.log(`${file}:${line}: ${kind}: ${text}`);
    }
    for (const { text: { file, line, text }, wording } of findWordings(texts)) {
      console.error(`${file}:${line}: ${wording.level}: ${wording.why}: ${text}`);
    }
  }
}
