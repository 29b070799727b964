/**
 * A real agent that kills itself with SIGKILL at the point that the file `crash` in its state
 * folder names, see `crash_points.ts`: `crashing_agent.ts STATE URL TRUSTED_KEY`.
 * @module
 */
import { AuditLog } from "../../../lib/agent/records/audit_log.ts";
import { Outbox } from "../../../lib/agent/hub_link/outbox.ts";
import { Journal } from "../../../lib/agent/records/journal.ts";
import { openAgent } from "../../../lib/agent/open_agent.ts";
import { ResultSigner } from "../../../lib/agent/jobs/result_signer.ts";
import { Runner } from "../../../lib/agent/jobs/runner.ts";
import { Supervisor } from "../../../lib/agent/detached/supervisor.ts";
import { SpoolOrder } from "../../../lib/agent/detached/spool.ts";
import { DetachedStore } from "../../../lib/agent/detached/detached_store.ts";
import { Slots } from "../../../lib/agent/jobs/slots.ts";
import { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import { permissionFlags } from "../../../lib/cli/sandbox/permissions.ts";
import { tcp } from "../../../lib/sp/mod.ts";
import { type CrashPoint, crashPoint, markCrashPoints } from "./crash_points.ts";

/** The name of the agent. */
export const CRASHING_NAME = "web1";

/** The progress of a request when the agent first reaches a point. */
export type Progress =
  /** It is not in the journal: it may arrive again, and run then. */
  | "unknown"
  /** It is in the journal and does not run. */
  | "accepted"
  /** Its supervisor has started: it runs, or never will. */
  | "beginning"
  /** It runs or has run, and its end is not in the journal. */
  | "running"
  /** Its result is in the journal. */
  | "ended";

/** A crash point in the life of a request. */
interface AgentPoint extends CrashPoint {
  readonly progress: Progress;
}

/** The points by name, in the order in which a request reaches them. */
export const crashPoints: Readonly<Record<string, AgentPoint>> = {
  "before the journal accepts": point("unknown", Journal, "accept", "before"),
  "after the journal has accepted": point("accepted", Journal, "accept", "after"),
  "before allow is in the audit log": point("accepted", AuditLog, "append", "before", '"allow"'),
  "after allow is in the audit log": point("accepted", AuditLog, "append", "after", '"allow"'),
  "before the runner takes it": point("accepted", Runner, "start", "before"),
  "after delivered is sent": point("accepted", Outbox, "sendProgress", "after", '"delivered"'),
  "before the command is spawned": point("accepted", Slots, "claim", "after"),
  "before run is in the audit log": point("running", AuditLog, "append", "before", '"event":"run"'),
  "after started is sent": point("running", Outbox, "sendProgress", "after", '"started"'),
  "before output is sent": point("running", Outbox, "sendOutput", "before"),
  "after output is sent": point("running", Outbox, "sendOutput", "after"),
  "before end is in the audit log": point("running", AuditLog, "append", "before", '"end"'),
  "before the result is signed": point("running", ResultSigner, "sign", "before"),
  "after the result is signed": point("running", ResultSigner, "sign", "after"),
  "before the result is in the journal": point("running", Journal, "ended", "before"),
  "after the result is in the journal": point("ended", Journal, "ended", "after"),
  "before the result is sent": point("ended", Outbox, "sendResult", "before"),
  "after the result is sent": point("ended", Outbox, "sendResult", "after"),
  "before the acknowledgement is in the journal": point("ended", Journal, "acknowledged", "before"),
  "after the acknowledgement is in the journal": point("ended", Journal, "acknowledged", "after"),
  "after the acknowledgement": point("ended", Outbox, "acknowledge", "after"),
};

/** Those points and more, for a detached command. */
export const survivalPoints: Readonly<Record<string, AgentPoint>> = {
  ...crashPoints,
  "before it is noted that it goes on": point("accepted", DetachedStore, "add", "before"),
  "after it is noted that it goes on": point("accepted", DetachedStore, "add", "after"),
  "before the keeper is looked at": point("beginning", Supervisor, "state", "before"),
  "after the keeper is looked at": point("beginning", Supervisor, "state", "after"),
  "before its order is noted": point("running", SpoolOrder, "add", "before"),
  "after its order is noted": point("running", SpoolOrder, "add", "after"),
  "before its note is forgotten": point("ended", DetachedStore, "forget", "before"),
  "after its note is forgotten": point("ended", DetachedStore, "forget", "after"),
};

function point<Owner extends object>(
  progress: Progress,
  ...[owner, method, when, having]: Parameters<typeof crashPoint<Owner>>
): AgentPoint {
  return { progress, ...crashPoint(owner, method, when, having) };
}

/** Returns the words that start the agent with the permissions of a real one. */
export function crashingAgentWords(
  state: string,
  url: string,
  trusted: string,
): [string, ...string[]] {
  const script = new URL(import.meta.url).pathname;
  const flags = permissionFlags("exec", { writable: [state] });
  return [
    Deno.execPath(),
    "run",
    "--quiet",
    "--cached-only",
    ...flags,
    script,
    state,
    url,
    trusted,
  ];
}

async function main([state = "", url = "", trusted = ""]: readonly string[]): Promise<void> {
  markCrashPoints(survivalPoints, state);
  const trust = new TrustStore({ baked: [trusted], given: [], files: [], revoked: [] });
  await trust.load();
  await openAgent({
    name: CRASHING_NAME,
    version: "0",
    urls: [url],
    transports: [tcp],
    trust,
    insecure: false,
    facts: {},
    state,
    slots: undefined,
    onEvent() {},
  });
}

if (import.meta.main) await main(Deno.args);
