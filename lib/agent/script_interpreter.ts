/**
 * Which program interprets a script, by the kernel's own rules for its first line (execve(2)): the
 * agent starts the interpreter itself, so that the script's file may lie where nothing can be
 * executed. Pure. May import `command.ts`, `exec_host.ts` and `lib/base/untrusted_text.ts`.
 * @module
 */

import { quoteUntrusted } from "../base/untrusted_text.ts";
import { type ExecFailure, failure } from "./command.ts";
import { SHELL } from "./exec_host.ts";

/** What goes in front of a script's path. */
export interface Interpreter {
  /** Not an {@linkcode ExecFailure}. */
  readonly kind: "interpreter";
  /** The interpreter's absolute path, and one argument at most. */
  readonly words: readonly string[];
}

/** The longest first line that Linux reads, in bytes. */
const MAX_LINE_BYTES = 255;

const LINE_END = 0x0a;

/**
 * Finds the interpreter of `script`: the one that its first line names behind `#!`, with everything
 * after that as one argument; otherwise the shell, as shells have it.
 */
export function interpreterOf(script: Uint8Array): Interpreter | ExecFailure {
  const start = String.fromCharCode(...script.subarray(0, MAX_LINE_BYTES + 1));
  if (start.startsWith("\x7fELF")) {
    return failure("bad-script", "this is a program for the processor, and no script");
  }
  if (!start.startsWith("#!")) return { kind: "interpreter", words: [SHELL] };
  const end = script.indexOf(LINE_END);
  const length = end < 0 ? script.length : end;
  if (length > MAX_LINE_BYTES) {
    return failure("bad-script", `its first line is longer than ${MAX_LINE_BYTES} bytes`);
  }
  const line = new TextDecoder().decode(script.subarray(2, length));
  if (line.endsWith("\r")) {
    return failure("bad-script", "its lines end in CR LF: no host has such an interpreter");
  }
  const [, path = "", argument = ""] = /^[ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  if (!path.startsWith("/")) {
    return failure("bad-script", `its interpreter ${quoteUntrusted(path)} is no absolute path`);
  }
  return { kind: "interpreter", words: argument === "" ? [path] : [path, argument] };
}
