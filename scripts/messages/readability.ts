/**
 * How easy texts are to read: the Flesch–Kincaid grade, which counts words and syllables.
 * @module
 */

/** The measures of some texts. */
export interface Readability {
  /** The number of sentences. */
  readonly sentences: number;
  /** The number of words, with a placeholder as one. */
  readonly words: number;
  /** The years of school that a reader needs. */
  readonly grade: number;
}

/** Returns the measures of `texts`, each of which is one sentence or several. */
export function readability(texts: readonly string[]): Readability {
  const sentences = texts.flatMap((text) => text.split(/[.;:?!]\s+/)).filter(hasWord);
  const words = sentences.flatMap((sentence) => sentence.match(WORD) ?? []);
  const syllables = words.reduce((sum, word) => sum + syllablesIn(word), 0);
  const count = Math.max(1, sentences.length);
  const grade = 0.39 * (words.length / count) + 11.8 * (syllables / Math.max(1, words.length)) -
    15.59;
  return { sentences: count, words: words.length, grade };
}

const WORD = /[A-Za-z][A-Za-z'_]*/g;

function hasWord(text: string): boolean {
  return /[a-z]{2}/.test(text);
}

/** Counts groups of vowels without a silent `e`. A placeholder is one syllable. */
function syllablesIn(word: string): number {
  if (/^[A-Z_]+$/.test(word)) return 1;
  const groups = word.toLowerCase().replace(/(?<=[^aeiouy])e(s|d)?$/, "").match(/[aeiouy]+/g);
  return Math.max(1, groups?.length ?? 0);
}
