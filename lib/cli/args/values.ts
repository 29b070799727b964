/**
 * The types of option values. Each value is checked when it is parsed.
 * @module
 */

import { message, text as literal } from "@optique/core/message";
import type { Suggestion } from "@optique/core/parser";
import type { ValueParser } from "@optique/core/valueparser";
import { USER_NAME } from "../../envelope/statements/body_fields.ts";
import { isNodeName } from "../../nodeset/sets/node_name.ts";
import { hostCount, type HostShare } from "../../trigger/targets/host_subset.ts";
import type { Access, LocalValue } from "./access.ts";
import { formatSize, parseDuration, parseSize } from "../render/units.ts";

/**
 * A synchronous value parser.
 * @internal because it names a type of Optique
 */
export type Value<T> = ValueParser<"sync", T>;

/**
 * Returns suggestions for a value that begins with `typed`.
 * @internal because its signature has a type of Optique
 */
export type Completer = (typed: string) => Iterable<Suggestion>;

/**
 * Creates a value with the metavar `metavar`. `read` parses it, and throws an `Error` whose message
 * describes the problem. Shell completion calls `completer`.
 */
export function value<T>(
  metavar: string,
  read: (text: string) => T,
  completer: Completer = () => [],
): Value<T> {
  return {
    mode: "sync",
    metavar: metavar as Value<T>["metavar"],
    // Optique requires a placeholder for values that are prompted for later. Ours never are.
    placeholder: undefined as T,
    parse(text) {
      try {
        return { success: true, value: read(text) };
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        return { success: false, error: message`${literal(error.message)}` };
      }
    },
    format: String,
    suggest: completer,
  };
}

/** Creates a text value. Refuses the empty text, which is always a mistake: `-w "$UNSET"`. */
export function text(metavar: string): Value<string> {
  return value(metavar, (input) => {
    if (input === "") throw new SyntaxError(`${metavar} is empty`);
    return input;
  });
}

/** Creates a value that is one of `choices`. */
export function oneOf<const T extends string>(metavar: string, choices: readonly T[]): Value<T> {
  return value(
    metavar,
    (input) => {
      const found = choices.find((choice) => choice === input);
      if (found === undefined) {
        throw new SyntaxError(`${JSON.stringify(input)} is not one of ${choices.join(", ")}`);
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

/** The type of the file that a path names. */
export type PathType = "file" | "directory";

/** Creates a value for the path of a local file or folder, with its access. */
export function localPath(
  metavar: string,
  { access, type = "file" }: { readonly access: Access; readonly type?: PathType },
): LocalValue<string> {
  return { parser: path(metavar, type), access };
}

/**
 * Creates a value for a path on the hosts. Completion uses local paths, because many hosts are
 * alike.
 */
export function remotePath(metavar: string, type: PathType = "file"): Value<string> {
  return path(metavar, type);
}

/** Creates a value for a node set; `^FILE` reads names from a local file. */
export function nodeSet(): LocalValue<string> {
  return { parser: text("SET"), access: "read-names" };
}

function path(metavar: string, type: PathType): Value<string> {
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

/** Creates a duration in milliseconds, of at most `maxMs` if given. */
export function duration(maxMs?: number): Value<number> {
  return value("TIME", (input) => parseDuration(input, maxMs));
}

/** Creates a size in bytes, of at most `maxBytes`. */
export function size(maxBytes: number): Value<number> {
  return value("SIZE", (input) => {
    const bytes = parseSize(input);
    if (bytes <= maxBytes) return bytes;
    throw new RangeError(`${JSON.stringify(input)} exceeds the maximum, ${formatSize(maxBytes)}`);
  });
}

/** Creates an integer from `min` to `max`. */
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
 * Creates a value for a user name. Refuses numbers: `-1`, `0` and `4294967295` have made programs
 * run as another user.
 */
export function userName(): Value<string> {
  return value("USER", (input) => {
    if (!USER_NAME.test(input)) {
      throw new SyntaxError(`${JSON.stringify(input)} is not a user name`);
    }
    return input;
  });
}

/**
 * Creates a file owner: `USER`, `USER:GROUP` or `:GROUP`. Only names, as in {@linkcode userName}.
 */
export function fileOwner(): Value<string> {
  return value("USER[:GROUP]", (input) => {
    const [user = "", group, ...more] = input.split(":");
    const isName = (name: string) => USER_NAME.test(name);
    const isFit = group === undefined
      ? isName(user)
      : (user === "" || isName(user)) && isName(group);
    if (isFit && more.length === 0) return input;
    throw new SyntaxError(`${JSON.stringify(input)} is not USER, USER:GROUP or :GROUP`);
  });
}

/** Creates a file mode in octal: `0644`. */
export function fileMode(): Value<string> {
  return value("MODE", (input) => {
    if (/^[0-7]{3,4}$/.test(input)) return input;
    throw new SyntaxError(`${JSON.stringify(input)} is not a mode such as 0644`);
  });
}

/** Creates a value for one exact host name: see `lib/nodeset`. */
export function hostName(metavar = "NAME"): Value<string> {
  return value(metavar, (input) => {
    if (isNodeName(input)) return input;
    throw new SyntaxError(`${JSON.stringify(input)} is not one host name`);
  });
}

/** Creates a share of the hosts: a number from 1, or `1%` to `100%`. */
export function share(): Value<HostShare> {
  return value("N|N%", (input) => {
    const found = readShare(input);
    if (found !== undefined && hostCount(found, 100) > 0) return found;
    throw new RangeError(`${JSON.stringify(input)} is not a number from 1, or 1% to 100%`);
  });
}

/** Creates a tolerated number of hosts: a number from 0, or `0%` to `100%`. */
export function tolerance(): Value<HostShare> {
  return value("N|N%", (input) => {
    const found = readShare(input);
    if (found !== undefined) return found;
    throw new RangeError(`${JSON.stringify(input)} is not a number from 0, or 0% to 100%`);
  });
}

function readShare(input: string): HostShare | undefined {
  const [, digits, percent] = /^(\d{1,9})(%?)$/.exec(input) ?? [];
  const number = Number(digits);
  if (digits === undefined || (percent === "%" && number > 100)) return undefined;
  return percent === "%" ? { kind: "percent", percent: number } : { kind: "count", count: number };
}

/** Creates a value for one host name or the word `ALL`. */
export function hostNameOrAll(): Value<string> {
  return value("HOST|ALL", (input) => {
    if (input === "ALL" || isNodeName(input)) return input;
    throw new SyntaxError(`${JSON.stringify(input)} is not one host name or ALL`);
  });
}

/** Creates an environment variable with its value: `NAME=VALUE`. The value may be empty. */
export function assignment(): Value<readonly [name: string, value: string]> {
  return value("K=V", (input) => {
    const [, name, assigned] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(input) ?? [];
    if (name === undefined || assigned === undefined) {
      throw new SyntaxError(`${JSON.stringify(input)} is not NAME=VALUE`);
    }
    return [name, assigned];
  });
}

/**
 * Creates an environment variable with the file of its value: `NAME=@FILE`. A value on the command
 * line would be visible to all users of this machine.
 */
export function secretFile(): LocalValue<readonly [name: string, file: string]> {
  const parser = value("NAME=@FILE", (input) => {
    const [, name, file] = /^([A-Z_][A-Z0-9_]{0,63})=@([^\0]+)$/s.exec(input) ?? [];
    if (name !== undefined && file !== undefined) return [name, file] as const;
    // The text may be the secret itself, so the message does not contain it.
    throw new SyntaxError("not NAME=@FILE with NAME in capital letters");
  });
  return { parser, access: "read-secret" };
}

/** Creates a URL of the queue's transports: `tcp://…`, `ipc://…`. */
export function url(): LocalValue<string> {
  return { parser: value("URL", readUrl), access: "socket" };
}

/**
 * Returns `input` if it looks like `scheme://rest`. The transport checks the rest.
 * @throws {SyntaxError} if it does not
 */
export function readUrl(input: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s]+$/.test(input)) return input;
  throw new SyntaxError(`${JSON.stringify(input)} is not a URL such as tcp://HOST:PORT`);
}
