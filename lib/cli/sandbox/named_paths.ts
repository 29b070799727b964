/**
 * The files, sockets and programs that a command line names, for which the program therefore needs
 * permission. The launcher of the portable executable (`scripts/executable/launcher.sh`) reads
 * command lines by the same rules.
 * @module
 */

import { LOCAL_SHELL, type PermissionScope } from "./permissions.ts";

/** What the programs need of what an option names. */
type Need =
  /** To read a file. */
  | "read"
  /** To read the file behind `NAME=@`. */
  | "secret"
  /** To read a key, and to look at its folder, whose owner and mode matter. */
  | "trust"
  /** To write below a folder. */
  | "write"
  /** To make a file, and its folder if that is missing. */
  | "make";

/** Options, and the commands whose operands are files. */
const NEEDS: ReadonlyMap<string, Need> = new Map([
  ["--trust", "trust"],
  ["--key", "trust"],
  ["--passphrase-file", "read"],
  ["--script", "read"],
  ["--secret", "secret"],
  ["--stdin", "read"],
  ["--state", "write"],
  ["--outdir", "write"],
  ["--errdir", "write"],
  ["--file", "make"],
  ["--save", "make"],
  ["--control", "make"],
  ["audit", "read"],
  ["copy", "read"],
  ["cosign", "make"],
  ["send", "read"],
]);

/** Stands before the value when `--trust` is given a key instead of a file. */
const KEY_WORD = "nanoexec-ed25519 ";

/**
 * Collects the paths that `args` name, up to `--`, and behind that the operands that are files. A path with a comma is left out, because no
 * permission can express it. The command `shell` asks for the one program that it may start.
 */
export function namedPaths(
  args: readonly string[],
): Required<Pick<PermissionScope, "sockets" | "readable" | "writable" | "programs">> {
  const [sockets, readable, writable]: [string[], string[], string[]] = [[], [], []];
  for (const [need, named] of listNeeds(args)) {
    const value = need === "secret" ? named.replace(/^[^=]*=@/, "") : named;
    const path = value.replace(/^ipc:\/\//, "");
    if (path === "" || path.includes(",") || path.includes(KEY_WORD)) continue;
    if (path !== value) sockets.push(path);
    if (need === undefined && /^\^./.test(path)) readable.push(path.slice(1)); // a file of names
    if (need === "read" || need === "secret" || need === "trust") readable.push(path);
    if (need === "write" || need === "make") writable.push(path);
    if (need === "trust") readable.push(...folderOf(path));
    if (need === "make") writable.push(...folderOf(path));
  }
  return { sockets, readable, writable, programs: args[0] === "shell" ? [LOCAL_SHELL] : [] };
}

/** The folder that `path` is in, except the root folder: it would stand for everything. */
function folderOf(path: string): string[] {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? ["."] : slash === 0 ? [] : [path.slice(0, slash)];
}

/** Goes through words that may name something, each with what is needed of it. */
function* listNeeds(args: readonly string[]): Iterable<readonly [Need | undefined, string]> {
  const [first = ""] = args;
  const command = first.startsWith("-") || first.includes("://") ? "" : first;
  const words = args.slice(command === "" ? 0 : 1).values();
  for (const word of words) {
    if (word === "--") break;
    const [, option, value] = /^(--[^=]*)=(.*)$/s.exec(word) ?? [];
    const name = fullName(option ?? word, command);
    if (option !== undefined) yield [NEEDS.get(name), value ?? ""];
    else if (!word.startsWith("-")) yield [NEEDS.get(command), word];
    else if (/^-[A-Za-z]\^/.test(word)) yield [undefined, word.slice(2)];
    else if (NEEDS.has(name)) yield [NEEDS.get(name), words.next().value ?? ""];
  }
  const need = NEEDS.get(command);
  for (const operand of need ? words : []) yield [need, operand];
}

/** The name under which an option is listed: some mean different things in different commands. */
function fullName(option: string, command: string): string {
  if (option === "-f" && /^key(gen)?$/.test(command)) return "--file";
  return option === "--dest" && command === "fetch" ? "--outdir" : option;
}
