/**
 * Writes into the audit log what the agent decides and does. Imports `base` and its siblings.
 * @module
 */
import { createHash } from "node:crypto";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Run } from "../envelope/statements/request.ts";
import type { DirectiveDecision } from "./directive_gate.ts";
import { type Admission, FOR_ANOTHER_HOST } from "./admission.ts";
import type { AuditLog, AuditRecord } from "./audit.ts";
import { MinuteQuota } from "./minute_quota.ts";
import type { RunnerEvent } from "./runner.ts";

/** How many messages are recorded per minute that nobody known has signed. The rest is counted. */
const BAD_PER_MINUTE = 10;
/** How many refusals: whoever holds the queue can send one signed request as often as he likes. */
const DENIED_PER_MINUTE = 60;
/** How much of a command is recorded, in characters; its digest stands for the rest. */
const MAX_COMMAND_LENGTH = 4_096;

/** The audit log in the words of the agent. Without a log it records nothing. */
export class AuditTrail {
  readonly #log: AuditLog | undefined;
  readonly #bad: MinuteQuota;
  readonly #denied: MinuteQuota;

  /** Writes to `log`. */
  constructor(log: AuditLog | undefined, clock: Pick<Clock, "monotonic"> = systemClock) {
    this.#log = log;
    this.#bad = new MinuteQuota(BAD_PER_MINUTE, clock);
    this.#denied = new MinuteQuota(DENIED_PER_MINUTE, clock);
  }

  /** The agent has started; `how` says with which rights. */
  started(how: Readonly<Record<string, unknown>>): void {
    this.#log?.append({ event: "start", ...how });
  }

  /** The agent stops, having counted what it did not record. */
  stopped(): void {
    this.#try(() => {
      this.#tellMissed("bad", this.#bad.end());
      this.#tellMissed("deny", this.#denied.end());
      this.#log?.append({ event: "stop" });
    });
  }

  /** A request was judged. Throws if that cannot be written: then it must not run. */
  judged(admission: Admission): void {
    switch (admission.kind) {
      case "run": {
        const { id, job: { digest, rule, run: whole, user, note } } = admission;
        const run = shortened(whole);
        return this.#log?.append({ event: "allow", id, digest, rule, run, user, note });
      }
      case "refuse": {
        const { id, digest, refusal: { code, reason } } = admission;
        return this.#bounded(this.#denied, { event: "deny", id, digest, code, reason });
      }
      case "ignore":
        if (admission.reason === FOR_ANOTHER_HOST) return;
        return this.#bounded(this.#bad, { event: "bad", reason: admission.reason });
      case "allow":
      case "repeated":
        return;
      default:
        admission satisfies never;
    }
  }

  /** A command was to be stopped, or may stay. What follows must not depend on the log. */
  directed(decision: DirectiveDecision): void {
    this.#try(() => {
      if (decision.kind !== "ignore") {
        this.#log?.append({ event: decision.kind, id: decision.job, by: decision.by });
      } else if (decision.reason !== FOR_ANOTHER_HOST) {
        this.#bounded(this.#bad, { event: "bad", reason: decision.reason });
      }
    });
  }

  /** A command has begun or ended: it does so whether or not that can be written. */
  ran(event: RunnerEvent): void {
    if (event.kind === "journal-failed" || event.kind === "left") return;
    const { job: { id } } = event;
    this.#try(() => {
      if (event.kind === "undoing") this.#log?.append({ event: "undo", id, pid: event.pid });
      else if (event.kind === "started") this.#log?.append({ event: "run", id, pid: event.pid });
      else if (event.kind === "resumed") this.#log?.append({ event: "resume", id, pid: event.pid });
      else this.#log?.append({ event: "end", id, outcome: event.outcome });
    });
  }

  /** A log that cannot be written must not end the agent: the next request is refused for it. */
  #try(write: () => void): void {
    try {
      write();
    } catch {
      // As said.
    }
  }

  #bounded(quota: MinuteQuota, record: AuditRecord): void {
    this.#tellMissed(record.event, quota.missed());
    if (quota.take()) this.#log?.append(record);
  }

  #tellMissed(event: AuditRecord["event"], more: number): void {
    if (more > 0) this.#log?.append({ event, more });
  }
}

/** What is recorded of what is run. */
type RecordedRun =
  | Run
  | { readonly kind: Run["kind"]; readonly begins: string }
  | { readonly kind: "script"; readonly sha256: string; readonly args: string };

function shortened(run: Run): RecordedRun {
  if (run.kind === "script") {
    const sha256 = createHash("sha256").update(Uint8Array.fromBase64(run.script)).digest("hex");
    return { kind: "script", sha256, args: beginning(JSON.stringify(run.args)) };
  }
  const text = run.kind === "argv" ? JSON.stringify(run.argv) : run.command;
  return text.length <= MAX_COMMAND_LENGTH ? run : { kind: run.kind, begins: beginning(text) };
}

function beginning(text: string): string {
  return text.slice(0, MAX_COMMAND_LENGTH).toWellFormed();
}
