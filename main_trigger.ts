/**
 * `nanotrigger`, the operator's program: holds the queue, sends commands, shows what comes back.
 * @module
 */
import { programMain } from "./lib/cli/program_main.ts";
import { runTriggerProgram } from "./lib/cli/trigger_program.ts";

if (import.meta.main) await programMain("nanotrigger", Deno.args, runTriggerProgram);
