/**
 * An agent that runs one command, for tests that end the agent:
 * `run_one.ts JOB COMMAND`, the command as JSON. Prints the process id of the command.
 * @module
 */

import { start } from "./run_command.ts";

if (import.meta.main) {
  const [job = "", command = ""] = Deno.args;
  const { events } = await start({ timeoutMs: 60_000, ...JSON.parse(command) }, { job });
  for await (const event of events) {
    if (event.kind === "started") console.log(event.pid);
  }
}
