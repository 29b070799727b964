/**
 * Reads host names from a file (`^FILE`) or from standard input (`-`). White space or commas
 * separate the node sets; `#` begins a comment. Errors are prefixed with the name of the source.
 * @module
 */
import { MAX_GROUP_DEFINITION_BYTES } from "../../nodeset/parsing/parse_limits.ts";
import { parseNodeSetList, type Target, TargetError, uniteTargets } from "../../nodeset/mod.ts";
import { UserError } from "../../base/errors.ts";
import { readNamedFile, readStdin } from "../files/input_file.ts";

/** The source of a list of names. */
export type NameList =
  | { readonly kind: "stdin" }
  | { readonly kind: "file"; readonly path: string };

/** Returns the list that `text` stands for; `undefined` if it is a node set itself. */
export function parseNameList(text: string): NameList | undefined {
  if (text === "-") return { kind: "stdin" };
  return text.startsWith("^") ? { kind: "file", path: text.slice(1) } : undefined;
}

/**
 * Reads a list of names.
 * @throws {TargetError} if it is invalid
 * @throws {UserError} if it is missing, too long, or names no host
 */
export async function readNameList(list: NameList): Promise<Target> {
  const called = list.kind === "stdin" ? "stdin" : list.path;
  const text = new TextDecoder().decode(await readListBytes(list));
  const sets = withSourceName(called, () => parseNodeSetList(text));
  if (sets.length > 0) return uniteTargets(sets);
  throw new UserError(`no host names in ${called}`, {
    hint: "separate node sets by white space or commas; # begins a comment",
  });
}

/**
 * Calls `read`, and prefixes its errors with the source of the text.
 * @throws {TargetError} if `read` does
 */
export function withSourceName<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof TargetError)) throw cause;
    const hint = cause.hint ?? listHint(cause);
    throw new TargetError(`${source}: ${cause.message}`, cause, { cause, hint });
  }
}

/** Returns a hint about a list of names inside a set, which is pdsh syntax. */
function listHint({ input, position }: TargetError): string | undefined {
  if (position === 0 || !/^(\^|-(,|$))/.test(input.slice(position))) return undefined;
  return "give names from a file or stdin in a separate option: -w ^FILE, -w -";
}

async function readListBytes(list: NameList): Promise<Uint8Array> {
  const tooLong = `list of names is longer than ${MAX_GROUP_DEFINITION_BYTES} bytes`;
  if (list.kind === "stdin") return await readStdin(MAX_GROUP_DEFINITION_BYTES, tooLong);
  const hint = "^FILE reads names from FILE";
  const bytes = await readNamedFile("file of names", list.path, { hint });
  if (bytes.length <= MAX_GROUP_DEFINITION_BYTES) return bytes;
  throw new UserError(tooLong);
}
