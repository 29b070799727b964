/**
 * The command of an admitted job. Pure. Imports `envelope` and its siblings.
 * @module
 */
import type { Run } from "../envelope/statements/request.ts";
import type { Job } from "./admission.ts";
import type { Command, Invocation } from "./command.ts";

/** The command that `job` runs, reading `stdin`. */
export function commandOf(job: Job, stdin: Command["stdin"]): Command {
  const { run, user, cwd, env, secrets, timeoutMs, maxOutput, survive } = job;
  return {
    ...invocationOf(run),
    timeoutMs,
    maxOutput,
    survive,
    ...(user !== undefined && { user }),
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    ...(secrets !== undefined && { secrets }),
    ...(stdin !== undefined && { stdin }),
  };
}

function invocationOf(run: Run): Invocation {
  if (run.kind !== "script") return run;
  return { kind: "script", script: Uint8Array.fromBase64(run.script), args: run.args };
}
