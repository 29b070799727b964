/** The gate with a journal that accepts nothing, and with unsigned commands. */

import assert from "node:assert/strict";
import type { Admission } from "../../../lib/agent/admission/admission.ts";
import { Journal } from "../../../lib/agent/records/journal.ts";
import { newRequestId } from "../../../lib/envelope/statements/body_fields.ts";
import { openGateFixture } from "../../support/agent/gate_fixture.ts";
import { requestAt, signed } from "../../support/agent/signed_request.ts";
import { SettableClock } from "../../support/settable_clock.ts";

/** A journal whose file system has failed. */
class BrokenJournal extends Journal {
  override accept(): never {
    throw new Error("database or disk is full");
  }
}

class UnreadableJournal extends Journal {
  override digestOf(): never {
    throw new Error("disk I/O error");
  }
}

function codeOf(admission: Admission): string {
  return admission.kind === "refuse" ? admission.refusal.code : admission.kind;
}

Deno.test("Gate refuses when the journal is full", async () => {
  const clock = new SettableClock();
  using under = await openGateFixture({
    clock,
    journal: new Journal({ path: ":memory:", capacity: 1, clock }),
  });
  assert.equal(under.gate.checkSigned(under.request().bytes).kind, "run");
  assert.equal(codeOf(under.gate.checkSigned(under.request().bytes)), "journal-full");
});

Deno.test("Gate refuses when the journal can be neither written nor read", async () => {
  for (const Broken of [BrokenJournal, UnreadableJournal]) {
    const clock = new SettableClock();
    const journal = new Broken({ path: ":memory:", clock });
    using under = await openGateFixture({ clock, journal, insecure: true });
    const admission = under.gate.checkSigned(under.request().bytes);
    assert.equal(codeOf(admission), "no-journal");
    assert.ok(admission.kind === "refuse");
    assert.match(admission.refusal.reason, /cannot use the journal: d/);
  }
});

Deno.test("Gate runs unsigned commands only when told to", async () => {
  const command = { id: newRequestId(), host: "web1", command: "uptime" };
  using closed = await openGateFixture();
  assert.equal(closed.gate.checkUnsigned(command).kind, "ignore");
  using open = await openGateFixture({ insecure: true });
  const admission = open.gate.checkUnsigned(command);
  assert.ok(admission.kind === "run");
  assert.equal(admission.job.rule, "--insecure");
  assert.deepEqual(admission.job.run, { kind: "shell", command: "uptime" });
  assert.equal(open.gate.checkUnsigned(command).kind, "repeated");
});

Deno.test("Gate compares the host of an unsigned command exactly", async () => {
  using under = await openGateFixture({ insecure: true, name: "web1" });
  const ask = (host: string) =>
    under.gate.checkUnsigned({ id: newRequestId(), host, command: "x" }).kind;
  assert.deepEqual(["web1", "ALL"].map(ask), ["run", "run"]);
  for (const host of ["web", "web10", "web1 ", "Web1", "all", "ALLSTAR", "", "web*", "web[1-2]"]) {
    assert.equal(ask(host), "ignore", host);
  }
});

Deno.test("Gate refuses unsigned commands when the journal is full or broken", async () => {
  const command = { host: "ALL", command: "uptime" };
  const clock = new SettableClock();
  for (
    const [code, journal] of [
      ["journal-full", new Journal({ path: ":memory:", capacity: 0, clock })],
      ["no-journal", new BrokenJournal({ path: ":memory:", clock })],
    ] as const
  ) {
    using under = await openGateFixture({ clock, journal, insecure: true });
    assert.equal(codeOf(under.gate.checkUnsigned({ id: newRequestId(), ...command })), code);
  }
});

Deno.test("Gate goes on with signed requests after unsigned ones under a fast clock", async () => {
  using under = await openGateFixture({ insecure: true });
  const now = under.clock.now();
  under.clock.set(now + 365 * 86_400_000);
  under.gate.checkUnsigned({ id: newRequestId(), host: "ALL", command: "x" });
  under.clock.set(now);
  assert.equal(under.gate.checkSigned(signed(requestAt(now)).bytes).kind, "run");
});
