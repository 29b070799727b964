import assert from "node:assert/strict";
import { EarlyCancels } from "../../../lib/agent/admission/early_cancels.ts";
import { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import { Journal } from "../../../lib/agent/records/journal.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { trustLine } from "../../support/agent/signed_request.ts";
import { SettableClock } from "../../support/settable_clock.ts";

const DAY = 86_400_000;
const id = "1".repeat(32);
const digest = "d".repeat(64);
const { keyid } = alice.publicKey;

async function open(options: string) {
  const clock = new SettableClock();
  const journal = new Journal({ path: ":memory:", clock });
  const trust = new TrustStore({
    baked: [trustLine(alice, "alice", options)],
    given: [],
    files: [],
    revoked: [],
  });
  await trust.load();
  const cancels = new EarlyCancels({ journal, trust, clock });
  const [issued, target] = [clock.now(), "ALL"];
  const cancel = {
    v: 1,
    id: "2".repeat(32),
    issued,
    expires: issued + 1,
    target,
    job: id,
  } as const;
  cancels.add(cancel, [keyid]);
  return { clock, journal, cancels };
}

Deno.test("EarlyCancels remembers a cancel as long as its request can start", async () => {
  const { clock, journal, cancels } = await open("no-shell");
  using _ = journal;
  const request = { id, digest, signers: [keyid] };
  clock.advance(DAY);
  // Whatever is stored now drops what is over by the signed time and by the host's clock.
  journal.accept({ id: "3".repeat(32), digest, issued: clock.now(), expires: clock.now() + 1 });
  const later = { v: 1, id, issued: clock.now(), expires: clock.now(), target: "ALL" } as const;
  cancels.add({ ...later, job: "4".repeat(32) }, [keyid]);
  assert.equal(cancels.covers(request), true);
  assert.equal(cancels.covers({ ...request, id: "5".repeat(32) }), false);
  assert.equal(cancels.covers({ ...request, signers: ["b".repeat(64)] }), false);
});

Deno.test("EarlyCancels counts no cancel of a key that has expired since", async () => {
  const { clock, journal, cancels } = await open('expires="2026-01-02"');
  using _ = journal;
  assert.equal(cancels.covers({ id, digest, signers: [keyid] }), true);
  clock.advance(2 * DAY);
  assert.equal(cancels.covers({ id, digest, signers: [keyid] }), false);
});
