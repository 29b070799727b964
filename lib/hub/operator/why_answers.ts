/**
 * What became of one host in one job, for operators. Imports its siblings.
 * @module
 */
import { isUnverified } from "../host_class.ts";
import type { JobHostRecord, StreamRecord } from "../store/job_record.ts";
import type { WhyAsk } from "./inquiries.ts";
import { hostAnswer, type HostPlace } from "./host_answers.ts";
import { jobAnswer } from "./job_answers.ts";
import type { Speaker } from "./speaker.ts";
import type { StreamTrace, TraceAnswer } from "./trace_answer.ts";

/** Says the host, the job, and the host in the job, each if it is known; then that it has. */
export function tellWhy({ node, id }: WhyAsk, { hub, store }: HostPlace, speaker: Speaker): void {
  const { hosts, jobs } = store;
  const host = hosts.get(node);
  if (host) speaker.say(hostAnswer(host, hub.roster.get(node), { facts: false }));
  else speaker.say({ kind: "absent", name: node });
  const job = id === undefined ? jobs.jobsOf(node, 1)[0]?.job : jobs.get(id);
  if (job) speaker.say(jobAnswer(job, jobs));
  const record = job && jobs.host(job.id, node);
  if (record) speaker.say(traceAnswer(record, host?.key));
  speaker.say({ kind: "done" });
}

function traceAnswer(record: JobHostRecord, key: string | undefined): TraceAnswer {
  const { node, kind: state, pendingAt, deliveredAt, startedAt, endedAt, reason, result } = record;
  return {
    kind: "trace",
    node,
    state,
    pendingAt,
    ...(deliveredAt !== undefined && { deliveredAt }),
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(reason !== undefined && { reason }),
    ...(isUnverified(record) && { unverified: true }),
    ...(result !== undefined && { result: result.toBase64() }),
    ...(result !== undefined && key !== undefined && { key }),
    stdout: streamTrace(record.stdout),
    stderr: streamTrace(record.stderr),
  };
}

function streamTrace({ total, stored }: StreamRecord): StreamTrace {
  return { total, stored };
}
