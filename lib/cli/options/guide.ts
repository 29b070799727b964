/**
 * What a program says of itself: help, man page, completion. In a module of its own because most
 * starts can do without it, and without what of Optique it needs. Imports `lib/cli` and Optique.
 * @module
 */

import type { Program } from "./command_line.ts";
import { completionAnswer } from "./completion.ts";
import { helpText } from "./help.ts";
import { manPage } from "./man_page.ts";
import type { GuideOptions } from "./program.ts";

/**
 * The text that was asked for.
 * @throws {UserError} if completion is asked for an unknown shell
 */
export function guideText<Options>(program: Program<Options>, question: GuideOptions): string {
  switch (question.kind) {
    case "help":
      return helpText(
        program,
        program.commands.find(({ name }) => name === question.command) ?? program.main,
      );
    case "completion":
      return completionAnswer(program, question.words);
    case "man":
      return manPage(program);
    default:
      return question satisfies never;
  }
}
