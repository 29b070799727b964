/**
 * `--help`, `help`, `man` and `completion`.
 * @module
 */
import { EXIT_OK } from "../exit_code.ts";
import type { Program } from "../options/command_line.ts";
import type { GuideOptions } from "../options/program.ts";
import type { Terminal } from "../terminal.ts";

/** Prints what the program says of itself. */
export async function printGuide<Options>(
  program: Program<Options>,
  question: GuideOptions,
  terminal: Terminal,
): Promise<number> {
  // Not loaded before it is needed: it would make every start slower.
  const { guideText } = await import("../options/guide.ts");
  await terminal.print(guideText(program, question));
  return EXIT_OK;
}
