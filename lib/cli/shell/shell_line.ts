/**
 * Parses a line typed into the shell. The special characters are those of clush and count only at
 * the beginning of a line; a line that begins with a space is always a command.
 * @module
 */
import { TargetError } from "../../nodeset/mod.ts";

/** A change of the hosts. */
export interface SetChange {
  /** Whether the set replaces the hosts, is added to them, or is removed from them. */
  readonly kind: "set" | "add" | "remove";
  /** The whole line, including `@`, `+` or `-`. */
  readonly line: string;
}

/** A parsed line. */
export type ShellLine =
  /** An empty line or a comment. */
  | { readonly kind: "nothing" }
  /** A command for `/bin/sh -c` on the hosts. */
  | { readonly kind: "command"; readonly command: string }
  /** A command for `/bin/sh -c` on this machine. */
  | { readonly kind: "local"; readonly command: string }
  | SetChange
  /** Shows the status. */
  | { readonly kind: "status" }
  /** Changes the presentation of results. */
  | { readonly kind: "mode" }
  /** Leaves the shell. */
  | { readonly kind: "quit" };

const CHANGES: Readonly<Record<string, SetChange["kind"]>> = {
  "@": "set",
  "+": "add",
  "-": "remove",
};

/**
 * Parses a line.
 * @throws {TargetError} if an operand is missing or not allowed
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
      return withoutOperand({ kind: "status" }, line, "? shows the status");
    case "=":
      return withoutOperand(
        { kind: "mode" },
        line,
        "= changes the output; @SET chooses hosts",
      );
    case "!":
      if (rest === "") {
        throw missingOperand(line, "expected a command", "!date");
      }
      return { kind: "local", command: rest };
    default:
      return /^(quit|exit)$/i.test(line) ? { kind: "quit" } : commandIn(line.trim());
  }
}

function commandIn(command: string): ShellLine {
  return command === "" ? { kind: "nothing" } : { kind: "command", command };
}

function withoutOperand(parsed: ShellLine, line: string, hint: string): ShellLine {
  if (line.length === 1) return parsed;
  const message = `${line.charAt(0)} takes no argument`;
  const command = "begin the line with a space to run it as a command";
  throw new TargetError(message, { input: line, position: 1 }, { hint: `${hint}; ${command}` });
}

function missingOperand(line: string, message: string, example: string): TargetError {
  const hint = `such as ${example}`;
  return new TargetError(`${message}, found the end`, { input: line, position: line.length }, {
    hint,
  });
}
