/**
 * The errors of names, node sets, targets and groups. An error in a text has the position of the
 * wrong character.
 * @module
 */

/** Where a text is wrong. */
export interface TextPosition {
  /** The whole text. */
  readonly input: string;
  /** The offset of the wrong character, in UTF-16 units from 0 to the length of `input`. */
  readonly position: number;
}

/** The optional parts of a {@linkcode TargetError}. */
export interface TargetErrorOptions extends ErrorOptions {
  /** An imperative that says how to fix it. */
  readonly hint?: string | undefined;
}

/** A text that cannot be parsed, with the position of the wrong character. */
export class TargetError extends Error {
  /** The name of the class. */
  override readonly name = "TargetError";
  /** The whole text. */
  readonly input: string;
  /** The offset of the wrong character, in UTF-16 units from 0 to the length of `input`. */
  readonly position: number;
  /** An imperative that says how to fix it, if that is known. */
  readonly hint: string | undefined;

  /** Creates an error about the character at `where`. */
  constructor(message: string, where: TextPosition, options: TargetErrorOptions = {}) {
    super(message, options);
    this.input = where.input;
    this.position = where.position;
    this.hint = options.hint;
  }
}

/** A target with a group or a past job that was not replaced by its hosts. */
export class UnresolvedTargetError extends Error {
  /** The name of the class. */
  override readonly name = "UnresolvedTargetError";
  /** The term as written, such as `@rack4`. */
  readonly term: string;

  /** Creates an error about `term`. */
  constructor(term: string) {
    super(`group "${term}" in the target is not resolved`);
    this.term = term;
  }
}

/** A group that is unknown, contains itself or has an unreadable definition. */
export class GroupError extends Error {
  /** The name of the class. */
  override readonly name = "GroupError";
  /** The group as written in a target, such as `@rack4` or `@job:last:failed`. */
  readonly group: string;

  /** Creates an error that says why `group` cannot be used. */
  constructor(group: string, problem: string, options?: ErrorOptions) {
    super(`cannot use group "${group}": ${problem}`, options);
    this.group = group;
  }
}
