/**
 * Parses a line typed into the shell. The special characters are those of clush and count only at
 * the beginning of a line; a line that begins with a space is always a command.
 * @module
 */
import { TargetError } from "../../nodeset/mod.ts";

/** How a line changes the hosts. */
export interface SetChange {
  /** They become these, these come to them, or these are left out. */
  readonly kind: "set" | "add" | "remove";
  /** The whole line, with `@`, `+` or `-` in front. */
  readonly line: string;
}

/** A line. */
export type ShellLine =
  /** Empty, or a comment. */
  | { readonly kind: "nothing" }
  /** For `/bin/sh -c` on the hosts. */
  | { readonly kind: "command"; readonly command: string }
  /** For `/bin/sh -c` here. */
  | { readonly kind: "local"; readonly command: string }
  | SetChange
  /** Says how things are. */
  | { readonly kind: "status" }
  /** Changes how answers are shown. */
  | { readonly kind: "mode" }
  /** Leaves. */
  | { readonly kind: "quit" };

const CHANGES: Readonly<Record<string, SetChange["kind"]>> = {
  "@": "set",
  "+": "add",
  "-": "remove",
};

/**
 * Reads a line.
 * @throws {TargetError} if something is missing in it, or is too much
 */
export function parseShellLine(typed: string): ShellLine {
  const line = typed.trimEnd();
  const rest = line.slice(1).trim();
  const first = line.charAt(0);
  const change = CHANGES[first];
  if (change !== undefined) {
    if (rest === "") {
      throw missingOperand(line, "expected a set of hosts", `${first}web[01-20], ${first}@db`);
    }
    return { kind: change, line };
  }
  switch (first) {
    case "":
    case "#":
      return { kind: "nothing" };
    case "?":
      return withoutOperand({ kind: "status" }, line, "? says how things are");
    case "=":
      return withoutOperand(
        { kind: "mode" },
        line,
        "= changes how answers are shown; @SET chooses hosts",
      );
    case "!":
      if (rest === "") {
        throw missingOperand(line, "expected a command", "!COMMAND runs it on this machine");
      }
      return { kind: "local", command: rest };
    default:
      return /^(quit|exit)$/i.test(line) ? { kind: "quit" } : commandIn(line.trim());
  }
}

function commandIn(command: string): ShellLine {
  return command === "" ? { kind: "nothing" } : { kind: "command", command };
}

function withoutOperand(meant: ShellLine, line: string, hint: string): ShellLine {
  if (line.length === 1) return meant;
  const message = `${line.charAt(0)} stands alone`;
  const command = "with a space in front the line is a command";
  throw new TargetError(message, { input: line, position: 1 }, { hint: `${hint}; ${command}` });
}

function missingOperand(line: string, message: string, example: string): TargetError {
  const hint = `such as ${example}`;
  return new TargetError(`${message}, found the end`, { input: line, position: line.length }, {
    hint,
  });
}
