/**
 * Checks the folder that a command is to start in.
 * May import `ask_program.ts`, `command.ts`, `exec_host.ts`, `program.ts` and
 * `lib/base/untrusted_text.ts`.
 * @module
 */

import { quoteUntrusted } from "../base/untrusted_text.ts";
import { askProgram } from "./ask_program.ts";
import { type ExecFailure, failure } from "./command.ts";
import { SHELL } from "./exec_host.ts";
import { isPlainPath } from "./program.ts";

/** Goes to the folder and says where that is. */
const GO_AND_SAY = 'cd -P -- "$1" && pwd -P';

/**
 * Says why a command cannot start in `cwd`, or `undefined` when it can. A link anywhere in the
 * path is refused: the folder that was asked for must be the folder that is used.
 *
 * A shell looks, behind `chain`, the words that give it the command's user; so the answer is that
 * user's, and the agent itself needs no permission to read the folder. Costs nothing for `/`.
 */
export async function objectToFolder(
  cwd: string,
  chain: readonly string[],
): Promise<ExecFailure | undefined> {
  if (cwd === "/") return undefined;
  if (!isPlainPath(cwd)) {
    return failure("bad-cwd", `${quoteUntrusted(cwd)} is no plain absolute path`);
  }
  const [first = SHELL, ...rest] = [...chain, SHELL, "-c", GO_AND_SAY, "sh", cwd];
  const answer = await askProgram([first], rest);
  if (answer === undefined) {
    return failure(
      "bad-cwd",
      `${quoteUntrusted(cwd)} cannot be checked: the agent may not run ${first}`,
    );
  }
  if (answer.code !== 0) {
    return failure(
      "bad-cwd",
      `${quoteUntrusted(cwd)} is no folder that the command's user can enter`,
    );
  }
  const real = answer.text.replace(/\n$/, "");
  return real === cwd ? undefined : failure(
    "bad-cwd",
    `${quoteUntrusted(cwd)} goes through a link: the folder is ${quoteUntrusted(real)}`,
  );
}
