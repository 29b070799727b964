/**
 * Starts a process, or says in our words why that is refused. May import `command.ts`, and
 * `lib/base/untrusted_text.ts`.
 * @module
 */
import { quoteUntrusted } from "../base/untrusted_text.ts";
import { type ExecFailure, failure } from "./command.ts";

/** Starts the program that is the first of `words`, with the others as arguments. */
export function spawn(
  words: readonly string[],
  options: Omit<Deno.CommandOptions, "args" | "clearEnv">,
): Deno.ChildProcess | ExecFailure {
  const [first = "", ...args] = words;
  if (!first.startsWith("/")) {
    // Deno would look for it in the agent's own PATH.
    return failure(
      "not-found",
      `${quoteUntrusted(first)} cannot be looked for here: give its full path`,
    );
  }
  try {
    return new Deno.Command(first, { ...options, args, clearEnv: true }).spawn();
  } catch (error) {
    return describeRefusal(first, error);
  }
}

/** Says in our words why the system, or Deno's permissions, refused to start a process. */
function describeRefusal(path: string, error: unknown): ExecFailure {
  if (error instanceof Deno.errors.NotCapable) {
    return failure("not-executable", `the agent may not run ${quoteUntrusted(path)}`);
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Deno.errors.NotFound) return failure("not-found", message);
  const forbidden = error instanceof Deno.errors.PermissionDenied;
  return failure(forbidden ? "not-executable" : "not-started", message);
}
