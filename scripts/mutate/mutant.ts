/**
 * What a mutant is: one check of the program taken out, and the tests that must notice.
 * @module
 */

/** One check and how it is taken out. */
export interface Change {
  /** What is no longer checked. */
  readonly name: string;
  /** The text of the check; it must be in the file exactly once. */
  readonly find: string;
  /** What stands in its place. */
  readonly replace: string;
}

/** The checks of one file. */
export interface MutatedFile {
  /** The file, from the project's root. */
  readonly file: string;
  /** The tests of which one must fail for every change, quickest first. */
  readonly tests: readonly string[];
  /** The checks. */
  readonly changes: readonly Change[];
}

/** A check that is passed over: `find` followed by what it does on failure. */
export function without(name: string, find: string): Change {
  return { name, find, replace: "" };
}

/** A condition that never holds. */
export function never(name: string, condition: string): Change {
  return { name, find: `if (${condition})`, replace: "if (false)" };
}

/** Any other change. */
export function changed(name: string, find: string, replace: string): Change {
  return { name, find, replace };
}
