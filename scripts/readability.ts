/**
 * Prints lines, words and the Flesch–Kincaid grade of Markdown files: the school years that a reader
 * needs. Code blocks and comments do not count; a cell of a table and an item of a list count as
 * sentences.
 *
 *     deno run --allow-read scripts/readability.ts README.md docs/guide.md
 * @module
 */

/** The counts of a text. */
export interface Readability {
  readonly lines: number;
  /** All words, including those of code blocks. */
  readonly words: number;
  /** The Flesch–Kincaid grade of the prose. */
  readonly grade: number;
  /** Mean length of a sentence, in words. */
  readonly wordsPerSentence: number;
}

/** Returns the counts of a Markdown text. */
export function measure(text: string): Readability {
  const sentences = splitSentences(text).map(wordsOf).filter((words) => words.length > 2);
  const words = sentences.flat();
  const syllables = words.reduce((sum, word) => sum + countSyllables(word), 0);
  const wordsPerSentence = words.length / sentences.length;
  return {
    lines: text.trimEnd().split("\n").length,
    words: text.split(/\s+/).filter((word) => word !== "").length,
    grade: 0.39 * wordsPerSentence + 11.8 * (syllables / words.length) - 15.59,
    wordsPerSentence,
  };
}

/** Splits prose into sentences. */
function splitSentences(text: string): string[] {
  const prose = text
    .replaceAll(/^```[\s\S]*?^```$/gm, "")
    .replaceAll(/^(?: {4,}\S.*\n)+/gm, "\n")
    .replaceAll(/<!--[\s\S]*?-->/g, "")
    .replaceAll(/`[^`\n]*`/g, "code")
    .replaceAll(/\]\([^)]*\)/g, "]");
  const blocks = prose.split(/\n\s*\n|\n(?=\s*(?:[-*|#]|\d+\. ))/);
  const cells = blocks.flatMap((block) => block.startsWith("|") ? block.split("|") : [block]);
  return cells.flatMap((cell) => cell.replaceAll("\n", " ").split(/[.!?:;](?:\s|$)/));
}

function wordsOf(sentence: string): string[] {
  return sentence.match(/[A-Za-z][A-Za-z'’-]*/g) ?? [];
}

/** Counts groups of vowels, without a silent `e` at the end. */
function countSyllables(word: string): number {
  const text = word.toLowerCase().replace(/(?:[^laeiouy]es|ed|[^laeiouy]e)$/, "");
  return Math.max(1, text.match(/[aeiouy]+/g)?.length ?? 0);
}

if (import.meta.main) {
  for (const path of Deno.args) {
    const { lines, words, grade, wordsPerSentence } = measure(await Deno.readTextFile(path));
    const figures = `${lines} lines, ${words} words, grade ${grade.toFixed(1)}`;
    console.log(`${path}: ${figures}, ${wordsPerSentence.toFixed(1)} words a sentence`);
  }
}
