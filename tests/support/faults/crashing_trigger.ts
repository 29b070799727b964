/**
 * A real trigger that kills itself with SIGKILL at the point that the file `crash` in a folder
 * names, see `crash_points.ts`: `crashing_trigger.ts FOLDER ARGUMENT…`.
 * @module
 */
import { LinePresenter } from "../../../lib/cli/present/result_presenters.ts";
import { runProgram } from "../../../lib/cli/process/process_main.ts";
import { runTriggerProgram } from "../../../lib/cli/trigger_program.ts";
import { AgentSession } from "../../../lib/hub/agents/agent_session.ts";
import { JobTable } from "../../../lib/hub/store/job_table.ts";
import { LocalQueue } from "../../../lib/trigger/queue/local_queue.ts";
import { HubConnection } from "../../../lib/trigger/queue/hub_connection.ts";
import { RemoteQueue } from "../../../lib/trigger/queue/remote_queue.ts";
import { type CrashPoint, crashPoint, markCrashPoints } from "./crash_points.ts";

/** The progress of a job at its hub when the trigger reaches a point. */
export type SubmissionState = "unknown" | "perhaps" | "taken";

/** A crash point of a trigger that calls a hub. */
interface AskingPoint extends CrashPoint {
  readonly handing: SubmissionState;
}

/** Points at which a trigger presents results. */
const SHOWING: Readonly<Record<string, CrashPoint>> = {
  "before output is shown": crashPoint(LinePresenter, "output", "before"),
  "after output is shown": crashPoint(LinePresenter, "output", "after"),
  "before an end is shown": crashPoint(LinePresenter, "ended", "before"),
  "after an end is shown": crashPoint(LinePresenter, "ended", "after"),
  "before all is shown": crashPoint(LinePresenter, "finish", "before"),
  "after all is shown": crashPoint(LinePresenter, "finish", "after"),
};

/** The points of a trigger that calls a hub, in the order in which it reaches them. */
export const askingPoints: Readonly<Record<string, AskingPoint>> = {
  "before the hub is asked": point("unknown", HubConnection, "open", "before"),
  "after the hub has let it in": point("unknown", HubConnection, "open", "after"),
  "before the order is handed over": point("unknown", RemoteQueue, "submit", "before"),
  "before the order is sent": point("unknown", HubConnection, "openExchange", "before", '"submit"'),
  "after the order is sent": point("perhaps", HubConnection, "openExchange", "after", '"submit"'),
  "after the order is taken": point("taken", RemoteQueue, "submit", "after"),
  ...Object.fromEntries(
    Object.entries(SHOWING).map(([name, each]) => [name, { handing: "taken", ...each }]),
  ),
};

/** The points of a trigger that is a one-shot hub, in the order in which it reaches them. */
export const queuePoints: Readonly<Record<string, CrashPoint>> = {
  "before the order is taken": crashPoint(LocalQueue, "submit", "before"),
  "before an agent is sent the order": crashPoint(AgentSession, "send", "before", '"sealed"'),
  "after an agent was sent the order": crashPoint(AgentSession, "send", "after", '"sealed"'),
  "after the order was taken": crashPoint(LocalQueue, "submit", "after"),
  "when an agent has it": crashPoint(JobTable, "advance", "before", '"delivered"'),
  "when a command runs": crashPoint(JobTable, "advance", "before", '"started"'),
  "before a result is written": crashPoint(JobTable, "end", "before"),
  "before a result is acknowledged": crashPoint(AgentSession, "send", "before", '"ack"'),
  "after a result is acknowledged": crashPoint(AgentSession, "send", "after", '"ack"'),
  ...SHOWING,
};

function point<Owner extends object>(
  handing: SubmissionState,
  ...[owner, method, when, having]: Parameters<typeof crashPoint<Owner>>
): AskingPoint {
  return { handing, ...crashPoint(owner, method, when, having) };
}

/** Returns the words that start such a trigger. */
export function crashingTriggerWords(
  folder: string,
  args: readonly string[],
): [string, ...string[]] {
  const script = new URL(import.meta.url).pathname;
  const flags = ["--quiet", "--cached-only", "--no-prompt", "--no-check", "--allow-all"];
  return [Deno.execPath(), "run", ...flags, script, folder, ...args];
}

async function main([folder = "", ...args]: readonly string[]): Promise<void> {
  // Points with the same name are equal in both kinds.
  markCrashPoints({ ...askingPoints, ...queuePoints }, folder);
  await runProgram("nanotrigger", args, runTriggerProgram);
}

if (import.meta.main) await main(Deno.args);
