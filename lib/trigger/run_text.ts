/**
 * A command in one line, for lists of jobs. Pure; imports `envelope` types.
 * @module
 */
import type { Run } from "../envelope/statements/request.ts";

/** What `run` runs, as it could be typed into a shell; what does not fit one line is named. */
export function runText(run: Run): string {
  switch (run.kind) {
    case "argv":
      return run.argv.map(quoted).join(" ");
    case "shell":
      return run.command;
    case "script":
      return ["(script)", ...run.args.map(quoted)].join(" ");
    default:
      return run satisfies never;
  }
}

/** By the rules of POSIX shells. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
