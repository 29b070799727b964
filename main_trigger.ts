/**
 * `nanotrigger`, the operator's program: holds the queue, sends commands, shows what comes back.
 * @module
 */
import { runProgram } from "./lib/cli/process/process_main.ts";
import { runTriggerProgram } from "./lib/cli/trigger_program.ts";

if (import.meta.main) await runProgram("nanotrigger", Deno.args, runTriggerProgram);
