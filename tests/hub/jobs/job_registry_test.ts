import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { fakeSession } from "../../support/hub/fake_session.ts";
import { jobSpecOf } from "../../support/hub/hub_fixture.ts";
import { settle } from "../../support/virtual_clock.ts";
import { endOf, FollowerLog, RegistryFixture } from "./registry_fixture.ts";
const about = { by: "ann", target: "ALL", summary: "true" };
const [id, other] = ["a".repeat(32), "b".repeat(32)];
const RETRY_MS = 2_000;

Deno.test("JobOffice takes a job in once, however often it is submitted", async () => {
  using fixture = new RegistryFixture();
  const { registry, played } = fixture;
  const spec = jobSpecOf("a", ["web1"]);
  const both = await Promise.all([registry.submit(spec, about), registry.submit(spec, about)]);
  assert.deepEqual(both.map((job) => job?.id), [id, undefined]);
  assert.equal(await registry.submit(spec, about), undefined);
  assert.equal(played.size, 1);
  await assert.rejects(registry.submit({ ...spec, digest: "e".repeat(64) }, about), UserError);
});

Deno.test("JobOffice says of no job that it is there before it is on disk", async () => {
  using fixture = new RegistryFixture();
  const { registry } = fixture;
  const spec = jobSpecOf("a", ["web1"]);
  const submitting = registry.submit(spec, about);
  assert.equal(registry.follow(id, new FollowerLog()), undefined);
  const again = registry.submit(spec, about);
  await Promise.all([submitting, again]);
  const log = new FollowerLog();
  assert.ok(registry.follow(id, log));
  await settle();
  assert.deepEqual([log.kinds("web1"), log.overs], [["pending"], 0]);
  assert.equal(registry.follow(other, log), undefined);
});

Deno.test(
  "JobOffice refuses new work with a full disk, and takes it when there is room",
  async () => {
    using fixture = new RegistryFixture();
    const { registry, disk, store } = fixture;
    disk.full = true;
    const spec = jobSpecOf("a", ["web1"]);
    const both = [registry.submit(spec, about), registry.submit(spec, about)];
    for (const submitting of both) {
      await assert.rejects(submitting, (error) => {
        assert.ok(error instanceof UserError);
        assert.match(
          `${error.message}; ${error.hint}`,
          /cannot record the job: .+; check the disk/,
        );
        return true;
      });
    }
    assert.equal(store.jobs.get(id), undefined);
    disk.full = false;
    assert.equal((await registry.submit(spec, about))?.id, id);
  },
);

Deno.test("a job is not over on disk before all its ends are", async () => {
  using fixture = new RegistryFixture();
  const { disk, clock, store } = fixture;
  const { sink, spec } = await fixture.submit("a", ["web1", "web2"]);
  disk.full = true;
  sink.state("web1", endOf(spec, "web1"))?.catch(() => {});
  disk.full = false;
  await sink.state("web2", endOf(spec, "web2"));
  store.flush();
  await settle();
  assert.equal(store.jobs.get(id)?.overAt, undefined, "web1 is missing");

  const late = new FollowerLog();
  fixture.registry.follow(id, late);
  await late.ended;
  assert.deepEqual([late.kinds("web1"), late.kinds("web2")], [["ended"], ["ended"]]);

  await clock.advance(RETRY_MS);
  store.flush();
  await settle();
  assert.equal(store.jobs.get(id)?.overAt, RETRY_MS);
  assert.equal(store.jobs.host(id, "web1")?.state.kind, "ended");
});

Deno.test(
  "a job whose ends could not be written is taken up by the hub's next process",
  async () => {
    using fixture = new RegistryFixture();
    const { disk } = fixture;
    const { sink, spec } = await fixture.submit("a", ["web1"]);
    sink.state("web1", { kind: "started" });
    disk.full = true;
    sink.state("web1", endOf(spec, "web1"))?.catch(() => {});
    await settle();
    fixture.restart();
    assert.deepEqual([...fixture.played.get(id)?.spec.resumed?.keys() ?? []], ["web1"]);
  },
);

Deno.test("JobOffice tells nobody that a job is over because the hub is closed", async () => {
  using fixture = new RegistryFixture();
  const { sink } = await fixture.submit("a", ["web1"]);
  const log = new FollowerLog();
  fixture.registry.follow(id, log);
  fixture.registry[Symbol.dispose]();
  await assert.rejects(async () => await sink.state("web1", { kind: "lost", reason: "closed" }));
  await settle();
  assert.deepEqual([log.kinds("web1"), log.overs], [["pending"], 0]);
  assert.equal(fixture.store.jobs.host(id, "web1")?.state.kind, "pending");
});

Deno.test(
  "JobOffice takes up what an earlier process has left, as far as it was",
  async () => {
    using fixture = new RegistryFixture();
    const { clock, store } = fixture;
    const attached = { key: "A", version: "0", facts: {} };
    store.hosts.recordAttached({ name: "gone", ...attached }, clock.now());
    store.hosts.recordDetached("gone", clock.now());
    await clock.advance(1_000);
    const names = ["gone", "here", "never", "started", "ended"];
    const { sink, spec } = await fixture.submit("a", names);
    store.hosts.recordAttached({ name: "here", ...attached }, clock.now());
    sink.state("started", { kind: "started" });
    sink.output("started", { stream: "stdout", bytes: encodeUtf8("one ") });
    await sink.settle?.("started");
    sink.output("started", { stream: "stdout", bytes: encodeUtf8("lost with the process") });
    await sink.state("ended", endOf(spec, "ended"));
    await clock.advance(3_000);
    fixture.restart();

    const again = fixture.played.get(id) ?? assert.fail("it was not taken up");
    assert.deepEqual(again.spec.nodes, ["gone", "here", "never", "started"]);
    assert.equal(again.spec.deliverMs, spec.deliverMs - 3_000);
    const resumed = [...again.spec.resumed ?? []].map(([node, { state, received, sent }]) => [
      node,
      { kind: state.kind, received, sent },
    ]);
    assert.deepEqual(Object.fromEntries(resumed), {
      gone: { kind: "pending", received: 0, sent: false },
      here: { kind: "pending", received: 0, sent: true },
      never: { kind: "pending", received: 0, sent: false },
      started: { kind: "started", received: 4, sent: true },
    });
    again.sink.output("started", { stream: "stdout", bytes: encodeUtf8("two") });
    for (const node of again.spec.nodes) await again.sink.state(node, endOf(spec, node));
    const log = new FollowerLog();
    fixture.registry.follow(id, log);
    await log.ended;
    assert.equal(log.text("started"), "one two");
    assert.deepEqual(names.map((node) => log.kinds(node).at(-1)), names.map(() => "ended"));
  },
);

Deno.test("a clock that was set back gives hosts no more time", async () => {
  using fixture = new RegistryFixture();
  const { spec } = await fixture.submit("a", ["web1"]);
  fixture.clock.now = () => -3_600_000;
  fixture.restart();
  assert.equal(fixture.played.get(id)?.spec.deliverMs, spec.deliverMs);
  fixture.clock.now = () => 3_600_000;
  fixture.restart();
  assert.equal(fixture.played.get(id)?.spec.deliverMs, 0);
});

Deno.test("JobOffice takes from agents the results of jobs that are over", async () => {
  using fixture = new RegistryFixture();
  const { registry, store } = fixture;
  const { sink, spec } = await fixture.submit("a", ["web1", "web2"]);
  await sink.state("web1", endOf(spec, "web1"));
  const held = [id, other];
  const early = fakeSession(alice.publicKey, { held });
  registry.acknowledgeHeld(early);
  assert.deepEqual(early.sent, [], "as long as it goes on, the job does that");
  await sink.state("web2", { kind: "lost", reason: "gone" });
  store.flush();
  await settle();
  const late = fakeSession(alice.publicKey, { held });
  registry.acknowledgeHeld(late);
  assert.deepEqual(late.sent, [{ kind: "ack", id }]);
  const lost = fakeSession(alice.publicKey, { name: "web2", held });
  registry.acknowledgeHeld(lost);
  assert.deepEqual(lost.sent, [], "what is not kept here stays with its agent");
});
