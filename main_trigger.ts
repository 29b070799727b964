/**
 * `nanotrigger`, the operator's program: signs commands, submits them, shows the results.
 * @module
 */
import { runProgram } from "./lib/cli/process/process_main.ts";
import { runTriggerProgram } from "./lib/cli/trigger_program.ts";

if (import.meta.main) await runProgram("nanotrigger", Deno.args, runTriggerProgram);
