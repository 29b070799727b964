/**
 * `nanoexec`, the agent: runs on every managed host, dials out to the queue and never listens.
 * @module
 */
import { runExecProgram } from "./lib/cli/exec_program.ts";
import { programMain } from "./lib/cli/program_main.ts";

if (import.meta.main) await programMain("nanoexec", Deno.args, runExecProgram);
