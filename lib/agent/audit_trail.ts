/**
 * Writes into the audit log what the agent decides and does. Imports its siblings.
 * @module
 */
import type { Admission } from "./admission.ts";
import type { AuditLog } from "./audit.ts";
import type { RunnerEvent } from "./runner.ts";

/** Strangers may fill no disk: so many bad messages are written per minute, the rest are counted. */
const BAD_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

/** The audit log in the words of the agent. Without a log it records nothing. */
export class AuditTrail {
  readonly #log: AuditLog | undefined;
  #minute = 0;
  #bad = 0;

  /** Writes to `log`. */
  constructor(log: AuditLog | undefined) {
    this.#log = log;
  }

  /** The agent has started; `how` says with which rights. */
  started(how: Readonly<Record<string, unknown>>): void {
    this.#log?.append({ event: "start", ...how });
  }

  /** A request was judged. Throws if that cannot be written: then it must not run. */
  judged(admission: Admission): void {
    switch (admission.kind) {
      case "run": {
        const { id, rule, job: { digest, run, user } } = admission;
        return this.#log?.append({ event: "allow", id, digest, rule, run, user });
      }
      case "refuse": {
        const { id, digest, refusal } = admission;
        return this.#log?.append({ event: "deny", id, digest, ...refusal });
      }
      case "ignore":
        return this.#countBad(admission.reason);
      case "allow":
      case "repeated":
        return;
      default:
        admission satisfies never;
    }
  }

  /** A command has begun or ended. */
  ran(event: RunnerEvent): void {
    if (event.kind === "journal-failed") return;
    const { job: { id } } = event;
    if (event.kind === "started") this.#log?.append({ event: "run", id, pid: event.pid });
    else this.#log?.append({ event: "end", id, outcome: event.outcome });
  }

  #countBad(reason: string): void {
    const minute = Math.floor(Date.now() / MINUTE_MS);
    if (minute !== this.#minute) {
      if (this.#bad > BAD_PER_MINUTE) {
        this.#log?.append({ event: "bad", more: this.#bad - BAD_PER_MINUTE });
      }
      this.#minute = minute;
      this.#bad = 0;
    }
    if (++this.#bad <= BAD_PER_MINUTE) this.#log?.append({ event: "bad", reason });
  }
}
