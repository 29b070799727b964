/**
 * The hub's store equals a model after any sequence of operations, including reopening.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type HubStore, openHubStore } from "../../../lib/hub/store/hub_store.ts";
import type { JobHostEnd } from "../../../lib/hub/store/job_record.ts";
import type { SpoolPart } from "../../../lib/hub/store/job_table.ts";
import type { FinalState } from "../../../lib/protocol/job/host_state.ts";
import { inFastFolder } from "../../support/fast_folder.ts";
import { SettableClock } from "../../support/settable_clock.ts";
import { job } from "./store_fixture.ts";
import { bodiesIn, everythingIn, StoreModel, straysIn } from "./store_model.ts";

/** One step for store and model. */
type Step =
  | { readonly kind: "add"; readonly id: string; readonly nodes: readonly string[] }
  | {
    readonly kind: "advance";
    readonly id: string;
    readonly node: string;
    readonly to: "delivered" | "started";
  }
  | { readonly kind: "spool"; readonly id: string; readonly node: string; readonly part: SpoolPart }
  | { readonly kind: "end"; readonly id: string; readonly node: string; readonly end: EndOfHost }
  | { readonly kind: "over"; readonly id: string }
  | { readonly kind: "prune" | "commit" | "reopen" };

interface EndOfHost extends Omit<JobHostEnd, "state"> {
  readonly state: FinalState;
}

const RUNS = Number(Deno.env.get("NANOEXEC_LONG") ?? 25);
const KEEP_MS = 4;
const id = fc.constantFrom("a", "b", "c");
const node = fc.constantFrom("n1", "n2", "n3");
const stream = fc.constantFrom("stdout", "stderr");
/** Few distinct values, so that bodies are shared; some larger than a piece. */
const bytes = fc.tuple(fc.constantFrom(0, 1, 3, 65_536, 70_000), fc.constantFrom(7, 8))
  .map(([length, value]) => new Uint8Array(length).fill(value));
const total = fc.nat(1_000);
const streamEnd = fc.record({ total, rest: fc.array(bytes, { maxLength: 2 }) });
const part: fc.Arbitrary<SpoolPart> = fc.record({
  received: total,
  stdout: total,
  stderr: total,
  chunks: fc.array(fc.record({ stream, bytes }), { maxLength: 3 }),
});
const end: fc.Arbitrary<EndOfHost> = fc.record({
  state: fc.constantFrom<FinalState>(
    { kind: "ended", envelope: Uint8Array.of(1) },
    { kind: "lost", reason: "gone" },
    { kind: "expired" },
  ),
  stdout: streamEnd,
  stderr: streamEnd,
});
const nodes = fc.subarray(["n1", "n2", "n3"]);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("add"), id, nodes }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("advance"),
      id,
      node,
      to: fc.constantFrom("delivered", "started"),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("spool"), id, node, part }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("end"), id, node, end }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("over"), id }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("prune", "commit", "reopen") }) },
);

Deno.test("HubStore knows what its model knows, after any sequence of operations", {
  permissions: { read: true, write: true },
}, async () => {
  const steps = fc.array(step, { minLength: 5, maxLength: 60, size: "max" });
  await fc.assert(
    fc.asyncProperty(steps, (sequence) => inFastFolder((folder) => follow(folder, sequence))),
    { numRuns: RUNS },
  );
});

function follow(folder: string, sequence: readonly Step[]): void {
  const path = `${folder}/hub.db`;
  const clock = new SettableClock(0);
  const open = () => openHubStore({ path, clock, keepMs: KEEP_MS });
  const model = new StoreModel();
  let { store } = open();
  try {
    for (const each of sequence) {
      clock.advance(1);
      take(store, model, each, clock.now());
      if (each.kind === "reopen") {
        store[Symbol.dispose]();
        const again = open();
        assert.equal(again.problem, undefined);
        store = again.store;
      }
      assert.deepEqual(everythingIn(store.jobs), model.everything());
    }
  } finally {
    store[Symbol.dispose]();
  }
  assert.deepEqual([bodiesIn(path), straysIn(path)], [model.bodies(), 0]);
}

function take(store: HubStore, model: StoreModel, each: Step, now: number): void {
  const { jobs } = store;
  switch (each.kind) {
    case "add": {
      const record = job(each.id, { submitted: now });
      void jobs.add(record, each.nodes);
      return model.add(record, each.nodes);
    }
    case "advance":
      jobs.advance(each.id, each.node, each.to, now);
      return model.advance(each.id, each.node, each.to, now);
    case "spool":
      void jobs.spool(each.id, each.node, each.part);
      return model.spool(each.id, each.node, each.part);
    case "end": {
      const end = { ...each.end, state: { ...each.end.state, at: now } };
      void jobs.end(each.id, each.node, end);
      return model.end(each.id, each.node, end);
    }
    case "over":
      jobs.over(each.id, now);
      model.over(each.id, now);
      store.prune();
      return model.prune(now - KEEP_MS);
    case "prune":
      store.prune();
      return model.prune(now - KEEP_MS);
    case "commit":
      return store.flush();
    case "reopen":
      return;
    default:
      each satisfies never;
  }
}
