/**
 * The errors of names, node sets, targets and groups. A text that cannot be read is reported with
 * the position of the wrong character.
 * @module
 */

/** Where a text is wrong. */
export interface TextPosition {
  /** The whole text that was read. */
  readonly input: string;
  /** The character that is wrong: an offset in UTF-16 units from 0 up to the length of `input`. */
  readonly position: number;
}

/** What a {@linkcode TargetError} carries beside its message. */
export interface TargetErrorOptions extends ErrorOptions {
  /** What was probably meant. */
  readonly hint?: string | undefined;
}

/** A text that cannot be read; it knows the character, so that a person can be shown it. */
export class TargetError extends Error {
  /** The name of the class. */
  override readonly name = "TargetError";
  /** The whole text that was read. */
  readonly input: string;
  /** The character that is wrong: an offset in UTF-16 units from 0 up to the length of `input`. */
  readonly position: number;
  /** What was probably meant, if that is known. */
  readonly hint: string | undefined;

  /** Makes an error about the character at `where`. */
  constructor(message: string, where: TextPosition, options: TargetErrorOptions = {}) {
    super(message, options);
    this.input = where.input;
    this.position = where.position;
    this.hint = options.hint;
  }
}

/** A target that still holds a group or a past result, so that nobody can say whom it selects. */
export class UnresolvedTargetError extends Error {
  /** The name of the class. */
  override readonly name = "UnresolvedTargetError";
  /** The term as it is written, such as `@rack4`. */
  readonly term: string;

  /** Makes an error about `term`. */
  constructor(term: string) {
    super(`target still holds the group "${term}"`);
    this.term = term;
  }
}

/** A group that is unknown, contains itself or has an unreadable definition. */
export class GroupError extends Error {
  /** The name of the class. */
  override readonly name = "GroupError";
  /** The group as it is written in a target, such as `@rack4` or `@job:last:failed`. */
  readonly group: string;

  /** Makes an error that says what is wrong with `group`. */
  constructor(group: string, problem: string, options?: ErrorOptions) {
    super(`cannot use group "${group}": ${problem}`, options);
    this.group = group;
  }
}
