/**
 * A process that runs one command, for tests that end the process: `run_command_process.ts JOB
 * COMMAND`, the command as JSON. Prints the process id of the command once it has printed output.
 * @module
 */

import { start } from "./run_command.ts";

if (import.meta.main) {
  const [job = "", command = ""] = Deno.args;
  const { events } = await start({ timeoutMs: 60_000, ...JSON.parse(command) }, { job });
  let pid = 0;
  for await (const event of events) {
    if (event.kind === "started") pid = event.pid;
    if (event.kind === "output") console.log(pid);
  }
}
