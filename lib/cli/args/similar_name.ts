/**
 * Finds the name that a misspelt option or command stands for. Only near names count: a wrong
 * suggestion is worse than none.
 * @module
 */

/** The length from which a name may differ in two letters. */
const LONG_NAME = 6;
/** The shortest beginning of a name that is taken for an abbreviation. */
const MIN_ABBREVIATION = 3;

/**
 * Returns the name in `names` that is nearest to `typed`, or `undefined` if none is near: one edit,
 * or two in a long name. An edit adds, removes or replaces a letter, or swaps two neighbours. The
 * beginning of exactly one name counts as that name.
 */
export function similarName(typed: string, names: Iterable<string>): string | undefined {
  const word = lettersOf(typed);
  const all = [...new Set(names)];
  const maxEdits = word.length < LONG_NAME ? 1 : 2;
  const [nearest] = all.map((name) => ({ name, edits: countEdits(word, lettersOf(name)) }))
    .filter(({ name, edits }) => edits <= maxEdits && edits < lettersOf(name).length)
    .sort((a, b) => a.edits - b.edits);
  if (nearest !== undefined) return nearest.name;
  if (word.length < MIN_ABBREVIATION) return undefined;
  const begun = all.filter((name) => lettersOf(name).startsWith(word));
  return begun.length === 1 ? begun[0] : undefined;
}

/** Returns `name` without its dashes in front, and with `-` for `_`: `--batch_size`. */
function lettersOf(name: string): string {
  return name.replace(/^-+/, "").replaceAll("_", "-");
}

/** Returns the optimal string alignment distance of two words. */
function countEdits(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= to.length; column++) {
      const replaced = from[row - 1] === to[column - 1] ? 0 : 1;
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + replaced,
        swapped ? at(row - 2, column - 2) + 1 : Infinity,
      ));
    }
  }
  return at(from.length, to.length);
}
