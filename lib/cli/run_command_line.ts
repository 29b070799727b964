/**
 * Runs one command line of a program: parses it, and runs the command or prints the text.
 * @module
 */
import { completionText, nameSuggestions } from "./args/completion.ts";
import { type CompletionRequest, parseCommandLine } from "./args/parse_command_line.ts";
import type { Program } from "./args/command.ts";
import { EXIT_OK } from "./process/exit_code.ts";
import { revokeLocalShell } from "./sandbox/permissions.ts";
import type { Terminal } from "./terminal/terminal.ts";

/**
 * Runs the command line `args`; resolves with the exit status. Revokes the permission to start
 * `/bin/sh` for commands that do not need it.
 * @throws {UserError} if the arguments are invalid
 */
export async function runCommandLine(
  program: Program,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const request = parseCommandLine(program, args);
  const startsShell = request.kind === "command" && request.command.startsLocalShell;
  if (!startsShell) revokeLocalShell();
  switch (request.kind) {
    case "command":
      return await request.run(terminal, { program, args });
    case "version":
      return await (await import("./commands/version.ts"))
        .printVersion(program.name, request, terminal);
    case "completion":
      await terminal.print(await completeWord(program, request));
      return EXIT_OK;
    case "print":
      await terminal.print(request.text);
      return EXIT_OK;
    default:
      return request satisfies never;
  }
}

async function completeWord(
  { loadNames }: Program,
  { shell, own, wanted }: CompletionRequest,
): Promise<string> {
  const findNames = wanted && await loadNames?.();
  const names = wanted && findNames ? await findNames(wanted) : [];
  return completionText(shell, [...own, ...nameSuggestions(names)]);
}
