/**
 * The kinds of values that options take, each checked when it is read. Imports `lib/cli`,
 * `lib/envelope` and `lib/nodeset`.
 * @module
 */

import { USER_NAME } from "../../envelope/body_fields.ts";
import { isNodeName } from "../../nodeset/node_name.ts";
import { parseDuration } from "../duration.ts";
import { formatSize, parseSize } from "../size.ts";

/** What an option takes. */
export interface Value<T> {
  /** What the help calls it. */
  readonly metavar: string;
  /** Reads it; throws a `SyntaxError` or `RangeError` whose message says what is wrong with it. */
  readonly read: (text: string) => T;
  /** What completion offers for it. */
  readonly complete: Completer;
}

/** What completion offers. */
export type Suggestion =
  /** A whole word. */
  | { readonly kind: "literal"; readonly text: string; readonly description?: string }
  /** Files or folders, found by the shell, whose path begins with `pattern`. */
  | { readonly kind: "file"; readonly type: "file" | "directory"; readonly pattern: string };

/** What completion offers for a value, given what has been typed of it. */
export type Completer = (typed: string) => readonly Suggestion[];

/**
 * A value called `metavar` in the help, read by `read`, which throws as {@linkcode Value.read} must.
 * `complete` is asked by shell completion.
 */
export function value<T>(
  metavar: string,
  read: (text: string) => T,
  complete: Completer = () => [],
): Value<T> {
  return { metavar, read, complete };
}

/** Any text but the empty one, which is never meant: `-w "$UNSET"`. */
export function text(metavar: string): Value<string> {
  return value(metavar, (input) => {
    if (input === "") throw new SyntaxError(`${metavar} is empty`);
    return input;
  });
}

/** One of `choices`, word by word. */
export function oneOf<const T extends string>(metavar: string, choices: readonly T[]): Value<T> {
  return value(
    metavar,
    (input) => {
      const found = choices.find((choice) => choice === input);
      if (found === undefined) {
        throw new SyntaxError(`${JSON.stringify(input)} is none of ${choices.join(", ")}`);
      }
      return found;
    },
    (typed) =>
      choices.filter((each) => each.startsWith(typed)).map((each) => ({
        kind: "literal",
        text: each,
      })),
  );
}

/** The path of a file, or of a folder when `type` says so; completed from the file system. */
export function path(metavar: string, type: "file" | "directory" = "file"): Value<string> {
  return value(
    metavar,
    (input) => {
      if (input === "") throw new SyntaxError("the path is empty");
      if (input.includes("\0")) throw new SyntaxError("a path cannot contain a NUL");
      return input;
    },
    (typed) => [{ kind: "file", type, pattern: typed }],
  );
}

/** A duration in milliseconds, at most `maxMs` if given. */
export function duration(maxMs?: number): Value<number> {
  return value("TIME", (input) => parseDuration(input, maxMs));
}

/** A size in bytes, at most `maxBytes`. */
export function size(maxBytes: number): Value<number> {
  return value("SIZE", (input) => {
    const bytes = parseSize(input);
    if (bytes <= maxBytes) return bytes;
    throw new RangeError(`${JSON.stringify(input)} is more than the most, ${formatSize(maxBytes)}`);
  });
}

/** A whole number from `min` to `max`. */
export function count(
  metavar: string,
  bounds: { readonly min: number; readonly max: number },
): Value<number> {
  const { min, max } = bounds;
  return value(metavar, (input) => {
    const number = Number(input);
    if (!/^\d{1,15}$/.test(input) || number < min || number > max) {
      throw new RangeError(`${JSON.stringify(input)} is not a number from ${min} to ${max}`);
    }
    return number;
  });
}

/**
 * A user's name. Numbers are refused: `-1`, `0` and `4294967295` are how programs have been talked
 * into running as somebody else.
 */
export function userName(): Value<string> {
  return value("USER", (input) => {
    if (!USER_NAME.test(input)) {
      throw new SyntaxError(`${JSON.stringify(input)} is not a user name`);
    }
    return input;
  });
}

/** The name of one host, which is compared with as a whole: see `lib/nodeset`. */
export function hostName(): Value<string> {
  return value("NAME", (input) => {
    if (isNodeName(input)) return input;
    throw new SyntaxError(`${JSON.stringify(input)} is not the name of one host`);
  });
}

/** The name of one host, or the word `ALL`. */
export function hostNameOrAll(): Value<string> {
  return value("HOST|ALL", (input) => {
    if (input === "ALL" || isNodeName(input)) return input;
    throw new SyntaxError(`${JSON.stringify(input)} is neither the name of one host nor ALL`);
  });
}

/** An environment variable with its value: `NAME=VALUE`; the value may be empty. */
export function assignment(): Value<readonly [name: string, value: string]> {
  return value("K=V", (input) => {
    const [, name, assigned] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(input) ?? [];
    if (name === undefined || assigned === undefined) {
      throw new SyntaxError(`${JSON.stringify(input)} is not NAME=VALUE`);
    }
    return [name, assigned];
  });
}

/** A URL as the queue's transports know them: `tcp://…`, `ipc://…`. */
export function url(): Value<string> {
  return value("URL", readUrl);
}

/**
 * Checks that `input` looks like `scheme://rest`; what a transport makes of it is its own affair.
 * @throws {SyntaxError} if it does not
 */
export function readUrl(input: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s]+$/.test(input)) return input;
  throw new SyntaxError(`${JSON.stringify(input)} is not a URL such as tcp://HOST:PORT`);
}
