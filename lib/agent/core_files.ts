/**
 * Core files, which hold what a process had in its memory: the agent's key, and the secrets of
 * commands. Needs `--allow-run` for `prlimit`. May import `ask_program.ts` and `limits.ts`.
 * @module
 */
import { askProgram } from "./ask_program.ts";
import { PRLIMIT_PATHS } from "./limits.ts";

/**
 * Has a process, this one unless `pid` says otherwise, and all that it starts from now on leave no core
 * files. Commands of root's are limited by nothing else, so that they start without a `prlimit` of their
 * own. Where there is no `prlimit` nothing changes.
 */
export async function forbidCoreFiles(pid: number = Deno.pid): Promise<void> {
  await askProgram(PRLIMIT_PATHS, [`--pid=${pid}`, "--core=0"]);
}
