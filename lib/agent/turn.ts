/**
 * When a job has its turn: there is a slot for it, and it may begin by the clock.
 * Imports `base`, `envelope` and its siblings.
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { MAX_CLOCK_SKEW_S } from "../envelope/trust/freshness.ts";
import type { Outcome } from "../envelope/statements/result.ts";
import type { Job } from "./admission.ts";
import { refused } from "./conclusion.ts";
import type { Claim, Slots } from "./slots.ts";

/** What turns depend on. */
export interface TurnOptions {
  /** How many commands run at once. */
  readonly slots: Slots;
  /** Where time comes from. */
  readonly clock: Clock;
}

/** A slot that is held until disposed of, or why the job does not begin. */
export type Turn =
  | ({ readonly kind: "granted" } & Disposable)
  | { readonly kind: "denied"; readonly outcome: Outcome };

/** Waits for the turn of `job`. Rejects with `signal.reason` when aborted first. */
export async function awaitTurn(
  job: Job,
  options: TurnOptions,
  signal: AbortSignal,
): Promise<Turn> {
  const { clock } = options;
  if (job.delayMs) await clock.sleep(job.delayMs, signal);
  const claim = await claimSlot(job, options, signal);
  if (claim.kind === "late") return { kind: "denied", outcome: LATE };
  if (claim.kind === "busy") { // check: slot-busy
    const reason = `${claim.waiting} other commands wait already`;
    return { kind: "denied", outcome: refused("busy", reason) };
  }
  using stack = new DisposableStack();
  stack.use(claim);
  const untimely = await awaitTime(job, clock, signal);
  if (untimely) return { kind: "denied", outcome: untimely };
  const held = stack.move();
  return { kind: "granted", [Symbol.dispose]: () => held.dispose() };
}

/** Waits for a slot, but not beyond the end of the request: the operator is told at once then. */
async function claimSlot(
  job: Job,
  { slots, clock }: TurnOptions,
  signal: AbortSignal,
): Promise<Claim | { readonly kind: "late" }> {
  if (slots.free > 0 || job.notAfter === Infinity) return await slots.claim(signal);
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  // check: wait-late
  clock.sleep(job.notAfter + 1 - clock.now(), either).then(() => over.abort(), () => {});
  try {
    return await slots.claim(either);
  } catch (error) {
    if (signal.aborted || !over.signal.aborted) throw error;
    return { kind: "late" };
  } finally {
    over.abort();
  }
}

/** Waits until `job` may begin; says why it may not any more. */
async function awaitTime(
  job: Job,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  for (let early = 1; early > 0;) {
    early = job.notBefore - clock.now();
    if (early > MAX_CLOCK_SKEW_S * 1_000) { // check: clock-set-back
      return refused("clock-behind", "this host's clock was set back");
    }
    if (early > 0) await clock.sleep(early, signal); // check: run-early
  }
  return clock.now() <= job.notAfter ? undefined : LATE; // check: run-late
}

const LATE = refused("expired", "it expired while it waited for other commands to end");
