/**
 * A real hub that kills itself with SIGKILL at the point that the file `crash` in its folder names,
 * see `crash_points.ts`: `crashing_hub.ts FOLDER URL`. It prints its URL when it listens.
 * @module
 */
import { AgentSession } from "../../../lib/hub/agents/agent_session.ts";
import { HubFolder, openHubDaemon } from "../../../lib/hub/hub_daemon.ts";
import { ReplyFollower } from "../../../lib/hub/operators/reply_stream.ts";
import { HostTable } from "../../../lib/hub/store/host_table.ts";
import { openHubStore } from "../../../lib/hub/store/hub_store.ts";
import { JobTable } from "../../../lib/hub/store/job_table.ts";
import { ipc, tcp } from "../../../lib/sp/mod.ts";
import { type CrashPoint, crashPoint, markCrashPoints } from "./crash_points.ts";

/** The points by name, in the order in which a job reaches them. */
export const hubCrashPoints: Readonly<Record<string, CrashPoint>> = {
  "before the job is on disk": crashPoint(JobTable, "add", "before"),
  "after the job is on disk": crashPoint(JobTable, "add", "after"),
  "before an agent is sent the order": crashPoint(AgentSession, "send", "before", '"sealed"'),
  "after an agent was sent the order": crashPoint(AgentSession, "send", "after", '"sealed"'),
  "before the submitter hears of it": crashPoint(ReplyFollower, "state", "before", '"pending"'),
  "before delivered is written": crashPoint(JobTable, "advance", "before", '"delivered"'),
  "after delivered is written": crashPoint(JobTable, "advance", "after", '"delivered"'),
  "before started is written": crashPoint(JobTable, "advance", "before", '"started"'),
  "after started is written": crashPoint(JobTable, "advance", "after", '"started"'),
  "before output is told": crashPoint(ReplyFollower, "output", "before"),
  "before output is written": crashPoint(JobTable, "spool", "before"),
  "after output is written": crashPoint(JobTable, "spool", "after"),
  "after output is credited": crashPoint(AgentSession, "send", "after", '"credit"'),
  "before a result is written": crashPoint(JobTable, "end", "before"),
  "after a result is written": crashPoint(JobTable, "end", "after"),
  "before a result is told": crashPoint(ReplyFollower, "state", "before", '"ended"'),
  "after a result is told": crashPoint(ReplyFollower, "state", "after", '"ended"'),
  "before a result is acknowledged": crashPoint(AgentSession, "send", "before", '"ack"'),
  "after a result is acknowledged": crashPoint(AgentSession, "send", "after", '"ack"'),
  "before the end is told": crashPoint(ReplyFollower, "over", "before"),
  "before the end is written": crashPoint(JobTable, "over", "before"),
  "after the end is written": crashPoint(JobTable, "over", "after"),
  "after an agent has come": crashPoint(HostTable, "recordAttached", "after"),
};

async function main([folder = "", url = ""]: readonly string[]): Promise<void> {
  markCrashPoints(hubCrashPoints, folder);
  const place = new HubFolder(folder);
  const { store } = openHubStore({ path: place.store });
  const { dispatcher } = await openHubDaemon({
    listen: [url],
    control: `ipc://${place.control}`,
    transports: [tcp, ipc],
    store,
    version: "0",
    insecure: false,
    keepOutput: 16_777_216,
  });
  console.log(dispatcher.urls[0]);
}

if (import.meta.main) await main(Deno.args);
