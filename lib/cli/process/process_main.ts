/**
 * Starts and ends both programs: reports errors in one line, flushes the output and exits with the
 * status. A closed stdout is an error unless the reader has closed a pipe.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import { EXIT_ERROR, EXIT_INTERRUPTED } from "./exit_code.ts";
import { reportError } from "./report_error.ts";
import { Terminal } from "../terminal/terminal.ts";

/** The body of a program. Resolves with the exit status. */
export type ProgramBody = (args: readonly string[], terminal: Terminal) => Promise<number>;

/** Runs `body` as the program `name` with `args`, and ends the process. Does not return. */
export async function runProgram(
  name: string,
  args: readonly string[],
  body: ProgramBody,
): Promise<never> {
  const terminal = Terminal.ofProcess(name);
  const report = (error: unknown) => reportError(terminal, error, { verbose: isVerbose(args) });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    report(event.reason);
  });
  let status = EXIT_ERROR;
  try {
    status = await body(args, terminal);
  } catch (error) {
    const interrupted = error instanceof DOMException && error.name === "AbortError";
    if (interrupted) status = EXIT_INTERRUPTED; // a user who pressed Ctrl-C needs no message
    if (!interrupted || isVerbose(args)) report(error);
  }
  await terminal.flush();
  const { aborted, reason } = terminal.outputClosed;
  // A closed pipe means that the reader has enough. Any other error has lost results.
  if (aborted && !(reason instanceof Deno.errors.BrokenPipe)) {
    report(new UserError(`cannot write to stdout: ${reason.message}`, { cause: reason }));
    status = EXIT_ERROR;
    await terminal.flush();
  }
  Deno.exit(status);
}

/** Searches the arguments directly, because parsing the options may be what failed. */
function isVerbose(args: readonly string[]): boolean {
  const options = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  return options.some((arg) => arg === "--verbose" || /^-v+$/.test(arg));
}
