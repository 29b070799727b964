/**
 * Records the agent's decisions and actions in the audit log. Lines that an unauthenticated peer
 * can cause pass a rate limit, so that such a peer cannot fill the disk. The log counts the
 * suppressed lines.
 * @module
 */
import { createHash } from "node:crypto";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Run } from "../envelope/statements/request.ts";
import { type Admission, FOR_ANOTHER_HOST } from "./admission/admission.ts";
import type { DirectiveDecision } from "./admission/directive_gate.ts";
import type { RunnerEvent } from "./jobs/runner.ts";
import type { AuditLog, AuditRecord } from "./records/audit_log.ts";

const MINUTE_MS = 60_000;

/** Limits the number of events per minute. */
export class RateLimit {
  readonly #maxPerMinute: number;
  readonly #clock: Pick<Clock, "monotonic">;
  #minute = 0;
  #seen = 0;
  #suppressed = 0;

  /** Allows `maxPerMinute` per minute. */
  constructor(maxPerMinute: number, clock: Pick<Clock, "monotonic">) {
    this.#maxPerMinute = maxPerMinute;
    this.#clock = clock;
  }

  /** Counts one event; returns whether this minute still allows it. */
  take(): boolean {
    const minute = Math.floor(this.#clock.monotonic() / MINUTE_MS);
    if (minute !== this.#minute) this.#close();
    this.#minute = minute;
    return ++this.#seen <= this.#maxPerMinute;
  }

  /** Returns how many events were suppressed in past minutes, since the last call. */
  takeSuppressed(): number {
    if (Math.floor(this.#clock.monotonic() / MINUTE_MS) !== this.#minute) this.#close();
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }

  /** As {@linkcode RateLimit.takeSuppressed}, but closes and includes the current minute. */
  takeAllSuppressed(): number {
    this.#close();
    return this.takeSuppressed();
  }

  #close(): void {
    this.#suppressed += Math.max(0, this.#seen - this.#maxPerMinute);
    this.#seen = 0;
  }
}

/** The most lines per minute for messages without a known signer. The rest is counted. */
const BAD_PER_MINUTE = 10;
/** The most refusals per minute: a hostile hub can repeat one signed request. */
const DENIED_PER_MINUTE = 60;
/** The longest recorded command, in characters. Its digest covers the rest. */
const MAX_COMMAND_LENGTH = 4_096;

/** Writes the agent's events to the audit log. Without a log it records nothing. */
export class AuditRecorder {
  readonly #log: AuditLog | undefined;
  readonly #badLimit: RateLimit;
  readonly #deniedLimit: RateLimit;

  /** Creates a recorder that writes to `log`. */
  constructor(log: AuditLog | undefined, clock: Pick<Clock, "monotonic"> = systemClock) {
    this.#log = log;
    this.#badLimit = new RateLimit(BAD_PER_MINUTE, clock);
    this.#deniedLimit = new RateLimit(DENIED_PER_MINUTE, clock);
  }

  /** Records the start of the agent; `how` lists its rights. */
  recordStart(how: Readonly<Record<string, unknown>>): void {
    this.#log?.append({ event: "start", ...how });
  }

  /** Records the stop of the agent, after the counts of suppressed lines. */
  recordStop(): void {
    this.#ignoreErrors(() => {
      this.#recordSuppressed("bad", this.#badLimit.takeAllSuppressed());
      this.#recordSuppressed("deny", this.#deniedLimit.takeAllSuppressed());
      this.#log?.append({ event: "stop" });
    });
  }

  /**
   * Records the decision about a request. Throws if the write fails; then the command must not run.
   */
  recordAdmission(admission: Admission): void {
    switch (admission.kind) {
      case "run": {
        const { id, job: { digest, rule, run: whole, user, note } } = admission;
        const run = shortenRun(whole);
        return this.#log?.append({ event: "allow", id, digest, rule, run, user, note });
      }
      case "refuse": {
        const { id, digest, refusal: { code, reason } } = admission;
        return this.#appendLimited(this.#deniedLimit, { event: "deny", id, digest, code, reason });
      }
      case "ignore":
        if (admission.reason === FOR_ANOTHER_HOST) return;
        return this.#appendLimited(this.#badLimit, { event: "bad", reason: admission.reason });
      case "allow":
      case "repeated":
        return;
      default:
        admission satisfies never;
    }
  }

  /** Records a cancel or a confirmation. It takes effect even if the write fails. */
  recordDirective(decision: DirectiveDecision): void {
    this.#ignoreErrors(() => {
      if (decision.kind !== "ignore") {
        this.#log?.append({ event: decision.kind, id: decision.job, by: decision.by });
      } else if (decision.reason !== FOR_ANOTHER_HOST) {
        this.#appendLimited(this.#badLimit, { event: "bad", reason: decision.reason });
      }
    });
  }

  /** Records the start or the end of a command. Ignores write errors. */
  recordRunnerEvent(event: RunnerEvent): void {
    if (event.kind === "journal-failed" || event.kind === "left") return;
    const { job: { id } } = event;
    this.#ignoreErrors(() => {
      if (event.kind === "undoing") this.#log?.append({ event: "undo", id, pid: event.pid });
      else if (event.kind === "started") this.#log?.append({ event: "run", id, pid: event.pid });
      else if (event.kind === "resumed") this.#log?.append({ event: "resume", id, pid: event.pid });
      else this.#log?.append({ event: "end", id, outcome: event.outcome });
    });
  }

  /** Ignores write errors, which must not end the agent. The next request is refused for them. */
  #ignoreErrors(write: () => void): void {
    try {
      write();
    } catch {
      // See above.
    }
  }

  #appendLimited(limit: RateLimit, record: AuditRecord): void {
    this.#recordSuppressed(record.event, limit.takeSuppressed());
    if (limit.take()) this.#log?.append(record);
  }

  #recordSuppressed(event: AuditRecord["event"], more: number): void {
    if (more > 0) this.#log?.append({ event, more });
  }
}

/** The recorded form of a command. */
type RecordedRun =
  | Run
  | { readonly kind: Run["kind"]; readonly begins: string }
  | { readonly kind: "script"; readonly sha256: string; readonly args: string };

function shortenRun(run: Run): RecordedRun {
  if (run.kind === "script") {
    const sha256 = createHash("sha256").update(Uint8Array.fromBase64(run.script)).digest("hex");
    return { kind: "script", sha256, args: truncateCommand(JSON.stringify(run.args)) };
  }
  const text = run.kind === "argv" ? JSON.stringify(run.argv) : run.command;
  return text.length <= MAX_COMMAND_LENGTH
    ? run
    : { kind: run.kind, begins: truncateCommand(text) };
}

function truncateCommand(text: string): string {
  return text.slice(0, MAX_COMMAND_LENGTH).toWellFormed();
}
