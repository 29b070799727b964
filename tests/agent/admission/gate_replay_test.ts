/**
 * No request runs a second time, whatever happens to the agent, its journal or its clock. Random
 * histories of a host, in which an attacker keeps every request and can send it again at any time.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Journal } from "../../../lib/agent/records/journal.ts";
import { inFastFolder } from "../../support/fast_folder.ts";
import { requestAt, type Signed, signed } from "../../support/agent/signed_request.ts";
import { type GateFixture, openGateFixture } from "../../support/agent/gate_fixture.ts";
import { SettableClock } from "../../support/settable_clock.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

type Step =
  /** An operator, whose clock is `skewMs` ahead of the true time, sends a new request. */
  | { readonly kind: "request"; readonly skewMs: number; readonly lifeMs: number }
  /** The attacker sends an old request. */
  | { readonly kind: "replay"; readonly pick: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "restart" | "crash" | "lose" | "back up" | "put back" }
  /** The agent's clock is set to `offsetMs` ahead of the true time. */
  | { readonly kind: "set"; readonly offsetMs: number };

const [SECOND, HOUR, DAY] = [1_000, 3_600_000, 86_400_000];

const usual: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(
    fc.constantFrom(-25 * SECOND, 0, 1, 29 * SECOND),
    fc.constantFrom(60 * SECOND, 300 * SECOND, DAY),
  ).map(([skewMs, lifeMs]) => ({ kind: "request", skewMs, lifeMs })),
  fc.nat().map((pick) => ({ kind: "replay", pick })),
  fc.nat().map((pick) => ({ kind: "replay", pick })),
  fc.constantFrom(1, SECOND, 20 * SECOND, 200 * SECOND, HOUR, DAY)
    .map((ms) => ({ kind: "pass", ms })),
  fc.constantFrom({ kind: "restart" }, { kind: "crash" }),
];

const mishaps: fc.Arbitrary<Step> = fc.constantFrom(
  { kind: "lose" },
  { kind: "back up" },
  { kind: "put back" },
);
const offsets = [-365 * DAY, -DAY, -HOUR, -20 * SECOND, 0, 20 * SECOND, HOUR, 365 * DAY];
const clocks: fc.Arbitrary<Step> = fc.constantFrom(...offsets)
  .map((offsetMs) => ({ kind: "set", offsetMs }));

/** One host and its history. */
class Host implements Disposable {
  readonly clock: SettableClock = new SettableClock(Date.now());
  readonly #path: string;
  readonly #open = new DisposableStack();
  readonly #requests: Signed[] = [];
  readonly #runs = new Map<string, number>();
  /** Admitted requests that wait for their start time. */
  #held = new Map<string, number>();
  #under: GateFixture | undefined;
  #offsetMs = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The highest number of runs of any request. */
  get most(): number {
    return Math.max(0, ...this.#runs.values());
  }

  async start(): Promise<void> {
    const { clock } = this;
    const journal = this.#open.use(new Journal({ path: this.#path, clock }));
    this.#under = await openGateFixture({ clock, journal });
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case "request": {
        const issued = this.clock.now() - this.#offsetMs + step.skewMs;
        this.#requests.push(signed(requestAt(issued, { expires: issued + step.lifeMs })));
        return this.#send(this.#requests.length - 1);
      }
      case "replay":
        return this.#send(step.pick % this.#requests.length);
      case "pass":
        this.clock.advance(step.ms);
        break;
      case "set":
        this.clock.set(this.clock.now() - this.#offsetMs + step.offsetMs);
        this.#offsetMs = step.offsetMs;
        break;
      case "back up":
        return this.#files((file) => Deno.copyFileSync(file, `${file}.copy`));
      default:
        return await this.#begin(step.kind);
    }
    this.#runDue();
  }

  [Symbol.dispose](): void {
    this.#open.dispose();
  }

  async #begin(how: "restart" | "crash" | "lose" | "put back"): Promise<void> {
    this.#held.clear();
    if (how !== "crash") this.#under?.[Symbol.dispose]();
    if (how === "lose") this.#files((file) => Deno.removeSync(file));
    if (how === "put back") this.#files((file) => Deno.copyFileSync(`${file}.copy`, file));
    await this.start();
  }

  #files(act: (file: string) => void): void {
    for (const end of ["", "-stamp", "-wal", "-shm"]) {
      try {
        act(this.#path + end);
      } catch {
        // There is no copy yet.
      }
    }
  }

  #send(index: number): void {
    const request = this.#requests[index];
    const admission = request && this.#under?.gate.checkSigned(request.bytes);
    if (admission?.kind !== "run") return;
    this.#held.set(admission.id, admission.job.notBefore);
    this.#runDue();
  }

  #runDue(): void {
    for (const [id, notBefore] of this.#held) {
      if (notBefore > this.clock.now()) continue;
      this.#held.delete(id);
      this.#runs.set(id, (this.#runs.get(id) ?? 0) + 1);
      this.#under?.journal.ended(id, new Uint8Array(1));
      this.#under?.journal.acknowledged(id);
    }
  }
}

async function atMostOnce(steps: readonly Step[]): Promise<void> {
  await inFastFolder(async (folder) => {
    using host = new Host(`${folder}/journal.db`);
    await host.start();
    for (const step of steps) await host.take(step);
    assert.equal(host.most <= 1, true);
  });
}

function histories(...steps: readonly fc.Arbitrary<Step>[]): fc.Arbitrary<Step[]> {
  return fc.array(fc.oneof(...steps), { minLength: 5, maxLength: 30 });
}

Deno.test("Gate runs nothing twice, whatever happens to its journal", { permissions }, async () => {
  const property = fc.asyncProperty(histories(...usual, mishaps), atMostOnce);
  await fc.assert(property, { numRuns: 60 });
});

Deno.test("Gate runs nothing twice, however its clock is set", { permissions }, async () => {
  const property = fc.asyncProperty(histories(...usual, clocks), atMostOnce);
  await fc.assert(property, { numRuns: 60 });
});

/** Histories in which the second of two rows of steps must not run a request again. */
const KNOWN: Readonly<Record<string, readonly Step[]>> = {
  "at once": [],
  "after a restart": [{ kind: "restart" }],
  "after a crash": [{ kind: "crash" }],
  "after its journal was deleted": [{ kind: "lose" }],
  "after its journal was put back": [{ kind: "put back" }],
  "when its request has expired": [{ kind: "pass", ms: DAY }],
  "with the clock set back": [{ kind: "set", offsetMs: -DAY }],
  "with the clock set back and corrected": [
    { kind: "set", offsetMs: -DAY },
    { kind: "replay", pick: 0 },
    { kind: "set", offsetMs: 0 },
  ],
  "with the clock a year ahead and corrected": [
    { kind: "set", offsetMs: 365 * DAY },
    { kind: "replay", pick: 0 },
    { kind: "set", offsetMs: 0 },
  ],
  "after its journal was deleted, with an operator's clock ahead": [
    { kind: "request", skewMs: 29 * SECOND, lifeMs: DAY },
    { kind: "pass", ms: 20 * SECOND },
    { kind: "lose" },
    { kind: "replay", pick: 1 },
    { kind: "pass", ms: 20 * SECOND },
    { kind: "lose" },
    { kind: "replay", pick: 1 },
    { kind: "pass", ms: 20 * SECOND },
  ],
};

for (const [when, steps] of Object.entries(KNOWN)) {
  Deno.test(`Gate runs nothing twice ${when}`, { permissions }, async () => {
    await atMostOnce([
      { kind: "back up" },
      { kind: "request", skewMs: 0, lifeMs: DAY },
      { kind: "pass", ms: SECOND },
      ...steps,
      { kind: "replay", pick: 0 },
      { kind: "pass", ms: 60 * SECOND },
    ]);
  });
}

Deno.test("Gate obeys again when a clock that was a year ahead is right", async () => {
  using under = await openGateFixture();
  const [right, year] = [under.clock.now(), 365 * DAY];
  const { bytes } = under.request();
  assert.equal(under.gate.checkSigned(bytes).kind, "run");
  under.clock.set(right + year);
  assert.equal(under.gate.checkSigned(signed(requestAt(right)).bytes).kind, "refuse");
  under.clock.set(right + 1_000);
  assert.equal(under.gate.checkSigned(bytes).kind, "repeated");
  assert.equal(under.gate.checkSigned(under.request().bytes).kind, "run");
});

Deno.test("Gate refuses while its clock is behind a request that it has obeyed", async () => {
  using under = await openGateFixture();
  const right = under.clock.now();
  assert.equal(under.gate.checkSigned(under.request().bytes).kind, "run");
  const codeAt = (now: number) => {
    under.clock.set(now);
    const admission = under.gate.checkSigned(under.request({ issued: right - 500 }).bytes);
    return admission.kind === "refuse" ? admission.refusal.code : admission.kind;
  };
  assert.equal(codeAt(right - 30_000), "run");
  assert.equal(codeAt(right - 30_001), "clock-behind");
});
