/**
 * Limits how many commands run at once and how many wait. A job starts when its delay is over, a
 * slot is free, and the host's clock is within the lifetime of its request.
 * @module
 */
import { deadline, onAbort } from "../../base/async.ts";
import type { Clock } from "../../base/clock.ts";
import type { Outcome } from "../../envelope/statements/result.ts";
import { MAX_CLOCK_SKEW_S } from "../../envelope/trust/freshness.ts";
import type { AdmittedJob } from "../admission/admission.ts";
import { refusedOutcome } from "./result_signer.ts";

/** How many commands an agent runs at once by default. */
const DEFAULT_SLOTS = 4;

/** How many commands may wait for a slot. More are refused as "busy". */
const MAX_WAITING = 100;

/** The answer to a claim. */
export type SlotClaim =
  /** A slot. Disposing returns it, even repeatedly. */
  | ({ readonly kind: "granted" } & Disposable)
  /** All slots are taken, and the queue of `waiting` claims is full. */
  | { readonly kind: "busy"; readonly waiting: number };

/** A fixed number of slots with a bounded first-in first-out queue in front of them. */
export class Slots {
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #free: number;

  /** Creates `slots` free slots (at least 1) and a queue for `maxWaiting` claims. */
  constructor(slots: number = DEFAULT_SLOTS, maxWaiting: number = MAX_WAITING) {
    this.#free = slots;
    this.#maxWaiting = maxWaiting;
  }

  /** The number of free slots; 0 if more commands run than there are slots. */
  get free(): number {
    return Math.max(0, this.#free);
  }

  /** The number of waiting claims. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Claims a slot. Granted at once if one is free, otherwise first-in first-out. Refused at once if
   * the queue is full. Rejects with `signal.reason` when aborted first.
   */
  claim(signal?: AbortSignal): Promise<SlotClaim> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#free > 0) return Promise.resolve(this.#grant());
    if (this.#waiting.size >= this.#maxWaiting) {
      return Promise.resolve({ kind: "busy", waiting: this.#waiting.size });
    }
    return this.#queue(signal);
  }

  /** Takes a slot for a command that already runs, even if none is free. */
  occupy(): Disposable {
    return this.#grant();
  }

  #queue(signal?: AbortSignal): Promise<SlotClaim> {
    const { promise, resolve, reject } = Promise.withResolvers<SlotClaim>();
    const admit = () => {
      leave[Symbol.dispose]();
      resolve(this.#grant());
    };
    this.#waiting.add(admit);
    const leave = onAbort(signal, (reason) => {
      this.#waiting.delete(admit);
      reject(reason);
    });
    return promise;
  }

  #grant(): Extract<SlotClaim, Disposable> {
    this.#free--;
    let held = true;
    const release = () => {
      if (held) this.#release();
      held = false;
    };
    return { kind: "granted", [Symbol.dispose]: release };
  }

  #release(): void {
    this.#free++;
    const [next] = this.#waiting;
    if (next === undefined || this.#free <= 0) return;
    this.#waiting.delete(next);
    next();
  }
}

/** Options for the start of a job. */
export interface WaitToStartOptions {
  /** Limits how many commands run at once. */
  readonly slots: Slots;
  /** The source of time. */
  readonly clock: Clock;
}

/** A slot that is held until disposed of, or why the job does not start. */
export type StartDecision =
  | ({ readonly kind: "granted" } & Disposable)
  | { readonly kind: "denied"; readonly outcome: Outcome };

/** Waits until `job` may start. Rejects with `signal.reason` when aborted first. */
export async function waitToStart(
  job: AdmittedJob,
  options: WaitToStartOptions,
  signal: AbortSignal,
): Promise<StartDecision> {
  const { clock } = options;
  if (job.delayMs) await clock.sleep(job.delayMs, signal);
  const claim = await claimSlot(job, options, signal);
  if (claim.kind === "late") return { kind: "denied", outcome: EXPIRED_WAITING };
  if (claim.kind === "busy") { // check: slot-busy
    const reason = `the agent is busy: ${claim.waiting} commands wait`;
    return { kind: "denied", outcome: refusedOutcome("busy", reason) };
  }
  using stack = new DisposableStack();
  stack.use(claim);
  const denied = await waitForStartTime(job, clock, signal);
  if (denied) return { kind: "denied", outcome: denied };
  const held = stack.move();
  return { kind: "granted", [Symbol.dispose]: () => held.dispose() };
}

/** Waits for a slot until the request expires, so that the operator learns of it at once. */
async function claimSlot(
  job: AdmittedJob,
  { slots, clock }: WaitToStartOptions,
  signal: AbortSignal,
): Promise<SlotClaim | { readonly kind: "late" }> {
  if (slots.free > 0 || job.notAfter === Infinity) return await slots.claim(signal);
  using limit = deadline(job.notAfter + 1 - clock.now(), { clock, signal });
  try {
    return await slots.claim(limit.signal); // check: wait-late
  } catch (error) {
    if (!limit.isExpired) throw error;
    return { kind: "late" };
  }
}

/** Waits until `job` may start; returns why it may not any more. */
async function waitForStartTime(
  job: AdmittedJob,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  for (let early = 1; early > 0;) {
    early = job.notBefore - clock.now();
    if (early > MAX_CLOCK_SKEW_S * 1_000) { // check: clock-set-back
      return refusedOutcome("clock-behind", "this host's clock was set back");
    }
    if (early > 0) await clock.sleep(early, signal); // check: run-early
  }
  return clock.now() <= job.notAfter ? undefined : EXPIRED_WAITING; // check: run-late
}

const EXPIRED_WAITING = refusedOutcome(
  "expired",
  "request expired while it waited for a free slot",
);
