/**
 * A runner with a journal in memory and one session that records every message.
 * @module
 */
import type { AdmittedJob } from "../../../lib/agent/admission/admission.ts";
import type { EarlyCancels } from "../../../lib/agent/admission/early_cancels.ts";
import type { Command, ExecEvent } from "../../../lib/agent/exec/command.ts";
import { Outbox } from "../../../lib/agent/hub_link/outbox.ts";
import { Journal } from "../../../lib/agent/records/journal.ts";
import { ResultSigner } from "../../../lib/agent/jobs/result_signer.ts";
import { HeldJobs } from "../../../lib/agent/jobs/held_jobs.ts";
import { type Execute, Runner, type RunnerEvent } from "../../../lib/agent/jobs/runner.ts";
import type { UnfinishedRollback } from "../../../lib/agent/jobs/rollback_store.ts";
import { Slots } from "../../../lib/agent/jobs/slots.ts";
import { newRequestId } from "../../../lib/envelope/statements/body_fields.ts";
import { readUnverified } from "../../../lib/envelope/signing/unverified_envelope.ts";
import { type Result, resultType } from "../../../lib/envelope/statements/result.ts";
import type { AgentMessage } from "../../../lib/protocol/agent/messages.ts";
import { bob, withPrototypes } from "../envelope_fixtures.ts";
import { exited, streamOf } from "./agent_fixture.ts";
import { SettableClock } from "../settable_clock.ts";

/** A runner, its parts, and its messages. */
export interface RunnerFixture extends AsyncDisposable {
  readonly runner: Runner;
  readonly journal: Journal;
  readonly clock: SettableClock;
  readonly sent: AgentMessage[];
  readonly events: RunnerEvent[];
  readonly commands: Command[];
  /** Accepts and starts a job. */
  start(fields?: Partial<AdmittedJob>): AdmittedJob;
  /** Resumes an unfinished rollback of a job that an earlier process accepted. */
  takeUp(left: UnfinishedRollback): void;
  /** Resolves when a job has started. */
  begun(job: Pick<AdmittedJob, "id">): Promise<void>;
  /** Returns the result of a job, once there is one. */
  result(job: Pick<AdmittedJob, "id">): Promise<Result>;
}

export function openRunnerFixture(
  execute: Execute = exitAtOnce,
  options: {
    slots?: number;
    journal?: Journal;
    earlyCancels?: Pick<EarlyCancels, "covers">;
    held?: number;
  } = {},
): RunnerFixture {
  const clock = new SettableClock();
  const journal = options.journal ?? new Journal({ path: ":memory:", clock });
  const [sent, events, commands]: [AgentMessage[], RunnerEvent[], Command[]] = [[], [], []];
  let changed = Promise.withResolvers<void>();
  const send = (message: AgentMessage) => {
    sent.push(message);
    changed.resolve();
    changed = Promise.withResolvers<void>();
    return true;
  };
  const outbox = new Outbox();
  const runner = new Runner({
    resultSigner: new ResultSigner({
      identity: { name: "web1", key: bob },
      auditHead: () => "e".repeat(64),
      clock,
    }),
    outbox,
    journal,
    slots: new Slots(options.slots ?? 4, 1),
    earlyCancels: options.earlyCancels ?? { covers: () => false },
    heldJobs: new HeldJobs(options.held),
    clock,
    execute(command, run) {
      commands.push(command);
      return execute(command, run);
    },
    onEvent: (event) => void events.push(event),
  });
  return {
    runner,
    journal,
    clock,
    sent,
    events,
    commands,
    start(fields = {}) {
      const job = jobOf(clock, fields);
      journal.accept({ ...job, issued: clock.now(), expires: clock.now() + 60_000 });
      outbox.open(job.id, { send, drop() {} });
      runner.start(job);
      return job;
    },
    takeUp(left) {
      const { id, digest } = left.job;
      journal.accept({ id, digest, issued: clock.now(), expires: clock.now() + 60_000 });
      outbox.open(id, { send, drop() {} });
      runner.resumeRollback(left);
    },
    async begun({ id }) {
      while (!sent.some((message) => message.kind === "started" && message.id === id)) {
        await changed.promise;
      }
    },
    async result({ id }) {
      while (true) {
        for (const message of sent) {
          const result = message.kind === "sealed" && resultIn(message.envelope);
          if (result && result.id === id) return result;
        }
        await changed.promise;
      }
    },
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]();
      journal[Symbol.dispose]();
    },
  };
}

/** Returns a job as a gate creates it. */
export function jobOf(clock: SettableClock, fields: Partial<AdmittedJob>): AdmittedJob {
  return {
    id: newRequestId(),
    digest: "d".repeat(64),
    signers: ["a".repeat(64)],
    rule: 'key "alice" (line 1)',
    notBefore: clock.now(),
    notAfter: clock.now() + 60_000,
    run: { kind: "argv", argv: ["/usr/bin/true"] },
    timeoutMs: 1_000,
    maxOutput: null,
    survive: false,
    ...fields,
  };
}

/** Returns the body of a result as an ordinary object. */
export function resultIn(envelope: Uint8Array): Result {
  return withPrototypes(readUnverified(envelope, resultType).claimed) as Result;
}

/** Returns the kinds of the sent messages. */
export function messageKinds(scene: RunnerFixture): string[] {
  return scene.sent.map(({ kind }) => kind);
}

/** Exits with 3 at once. */
export async function* exitAtOnce(): AsyncGenerator<ExecEvent> {
  yield { kind: "started", pid: 7 };
  yield exited(3);
}

/** Runs until it is cancelled, and prints five bytes. */
export async function* untilCancelled(
  _command: Command,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<ExecEvent> {
  yield { kind: "started", pid: 7 };
  const aborted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => aborted.resolve());
  if (!signal.aborted) await aborted.promise;
  const report = { startMs: 1, endMs: 2, durationMs: 1, stdout: streamOf(5), stderr: streamOf(0) };
  yield { kind: "cancelled", report };
}
