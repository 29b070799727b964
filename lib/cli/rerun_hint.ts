/**
 * How to go on after some hosts did not do what they should: the one place where that is said. Pure;
 * imports `nodeset` and `trigger`.
 * @module
 */
import { foldNodes } from "../nodeset/sets/node_set.ts";
import { outcomeClass } from "../trigger/results/host_result.ts";
import { escapeText } from "./escape.ts";
import type { EndedNode } from "./render_summary.ts";
import { shellWord } from "./shell_words.ts";

/** Longer hints help nobody, in characters. */
const MAX_HINT = 2_000;

/**
 * A command line for just those hosts; `undefined` if all is well or nobody is, when the one that was
 * typed will do. `wordsAgain` is asked what follows the hosts in it, if that can be said; otherwise `sameWith` says
 * how to do the same with a set.
 */
export function rerunHint(
  ends: readonly EndedNode[],
  wordsAgain: () => readonly string[] | undefined = () => undefined,
  sameWith: (set: string) => string = (set) => `the same with -w ${shellWord(set)}`,
): string | undefined {
  const others = ends.filter(({ outcome }) => outcomeClass(outcome) !== "ok");
  if (others.length === 0 || others.length === ends.length) return undefined;
  const set = foldNodes(others.map(({ node }) => node));
  const words = wordsAgain();
  const hints = [
    ...(words ? [`for just those: ${line(["nanotrigger", "run", "-w", set, ...words])}`] : []),
    `for just those, ${sameWith(set)}`,
  ];
  // What had to be escaped to be shown cannot be pasted.
  return hints.find((hint) => hint.length <= MAX_HINT && escapeText(hint, MAX_HINT) === hint);
}

function line(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}
