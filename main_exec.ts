/**
 * `nanoexec`, the agent: runs on every managed host, dials out to the queue and never listens.
 * @module
 */
import { runExecProgram } from "./lib/cli/exec_program.ts";
import { runProgram } from "./lib/cli/process/process_main.ts";

if (import.meta.main) await runProgram("nanoexec", Deno.args, runExecProgram);
