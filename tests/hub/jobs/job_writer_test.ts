import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { outcomeClass } from "../../../lib/protocol/job/host_state.ts";
import { JobWriter } from "../../../lib/hub/jobs/job_writer.ts";
import { OutputTail } from "../../../lib/hub/jobs/output_tail.ts";
import type { StreamPiece } from "../../../lib/protocol/agent/streams.ts";
import { orderOf } from "../../support/hub/hub_fixture.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { endOf, FullDisk } from "./registry_fixture.ts";
import { inMemory, job, textOf } from "../store/store_fixture.ts";
const order = orderOf("a", ["web1", "web2"]);
const { id } = order;

function out(text: string | Uint8Array): StreamPiece {
  return { stream: "stdout", bytes: typeof text === "string" ? encodeUtf8(text) : text };
}

/** Opens a writer of a job of two hosts. */
async function openLedger(
  { keepOutput = 1_000, tails = [] }: {
    keepOutput?: number;
    tails?: readonly [string, OutputTail][];
  } = {},
) {
  const store = inMemory();
  const disk = new FullDisk(store);
  const clock = new VirtualClock();
  const stop = new AbortController();
  await store.jobs.add(job(id), order.nodes);
  const ledger = new JobWriter(id, {
    ...{ jobs: disk.store.jobs, clock, keepOutput, tails: new Map(tails), signal: stop.signal },
  });
  const host = (node: string) => store.jobs.host(id, node) ?? assert.fail(node);
  const stdout = (node: string) => textOf(store.jobs.output(id, node, "stdout"));
  return {
    ...{ store, disk, clock, stop, ledger, host, stdout },
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

Deno.test("JobLedger writes output before its agent may forget it", async () => {
  using scene = await openLedger();
  const { ledger, host, stdout } = scene;
  ledger.state("web1", { kind: "started" });
  ledger.output("web1", out("one "));
  assert.equal(host("web1").received, 0);
  await ledger.settle("web1");
  ledger.output("web1", out("two"));
  assert.deepEqual([host("web1").received, stdout("web1")], [4, "one "]);
  await ledger.state("web1", endOf(order, "web1"));
  assert.deepEqual([host("web1").state.kind, stdout("web1")], ["ended", "one two"]);
  const { state } = host("web1");
  assert.ok(state.kind === "ended");
  assert.match(new TextDecoder().decode(state.envelope), /^\{"payload":/);
  assert.equal(ledger.unwritten("web1"), undefined);
});

Deno.test("JobLedger does not count what the output does not bear out", async () => {
  using scene = await openLedger();
  const { ledger, store } = scene;
  await ledger.output("web1", out("what nobody has signed"));
  await ledger.state("web1", endOf(order, "web1"));
  await ledger.state("web2", endOf(order, "web2"));
  const counted = store.jobs.tally(id).map(({ outcome, hosts }) => [
    outcome && outcomeClass(outcome),
    hosts,
  ]);
  assert.deepEqual(counted.toSorted(), [["lost", 1], ["ok", 1]]);
});

Deno.test("JobLedger believes what went on before the hub was started again", async () => {
  const printed = { total: 4, kept: 4 };
  const tail = new OutputTail(1_000, { stdout: printed, stderr: { total: 0, kept: 0 } });
  using scene = await openLedger({ tails: [["web1", tail]] });
  await scene.ledger.output("web1", out("more"));
  await scene.ledger.state("web1", endOf(order, "web1"));
  const { outcome } = scene.host("web1");
  assert.equal(outcome && outcomeClass(outcome), "ok");
});

Deno.test("JobLedger writes in order what a full disk has held up", async () => {
  using scene = await openLedger();
  const { ledger, disk, clock, host, stdout } = scene;
  disk.full = true;
  ledger.output("web1", out("one "));
  const first = ledger.settle("web1");
  ledger.output("web1", out("two "));
  await clock.sleepers(1);
  disk.full = false;
  const second = ledger.settle("web1");
  ledger.output("web1", out("three"));
  const end = ledger.state("web1", endOf(order, "web1"));
  assert.equal(host("web1").received, 0, "what comes later waits");
  await clock.advance(2_000);
  await Promise.all([first, second, end]);
  assert.deepEqual([host("web1").state.kind, stdout("web1")], ["ended", "one two three"]);
  assert.equal(host("web1").stdout.total, 13);
});

Deno.test(
  "JobLedger tries until the disk has room, and hosts do not wait for each other",
  async () => {
    using scene = await openLedger();
    const { ledger, disk, clock, host } = scene;
    disk.full = true;
    let isKept = false;
    const end = Promise.resolve(ledger.state("web1", endOf(order, "web1"))).then(() =>
      isKept = true
    );
    for (let turn = 0; turn < 5; turn++) {
      await clock.sleepers(1);
      await clock.advance(2_000);
    }
    assert.equal(isKept, false, "the agent must not forget its result");
    assert.equal(ledger.unwritten("web1")?.end?.state.kind, "ended");
    disk.full = false;
    await ledger.state("web2", { kind: "lost", reason: "gone" });
    const { at: _at, ...lost } = host("web2").state;
    assert.deepEqual(lost, { kind: "lost", reason: "gone" });
    await clock.sleepers(1);
    await clock.advance(2_000);
    await end;
    assert.equal(host("web1").state.kind, "ended");
    await ledger.written();
  },
);

Deno.test("JobLedger promises nothing more once its hub is closed", async () => {
  using scene = await openLedger();
  const { ledger, disk, clock, stop } = scene;
  disk.full = true;
  const end = Promise.resolve(ledger.state("web1", endOf(order, "web1")));
  await clock.sleepers(1);
  stop.abort();
  await assert.rejects(end);
  await assert.rejects(ledger.written());
});

Deno.test("JobLedger keeps equal output of many hosts once", async () => {
  using scene = await openLedger();
  const { ledger, store } = scene;
  for (const node of order.nodes) {
    ledger.output(node, out("the same"));
    await ledger.state(node, endOf(order, node));
  }
  const bodies = order.nodes.map((node) => store.jobs.host(id, node)?.stdout.hash);
  assert.equal(new Set(bodies).size, 1);
});

Deno.test("JobLedger does not let output pile up in memory", async () => {
  using scene = await openLedger({ keepOutput: 64 * 1024 ** 2 });
  const { ledger, host } = scene;
  const chunk = out(new Uint8Array(8 * 1024 ** 2));
  for (let turn = 0; turn < 3; turn++) assert.equal(ledger.output("web1", chunk), undefined);
  await (ledger.output("web2", chunk) ?? assert.fail("it must be written now"));
  await ledger.output("web1", chunk);
  assert.equal(host("web1").received, 32 * 1024 ** 2);
  assert.equal(ledger.unwritten("web1")?.tail.pieces.length, 0);
});

Deno.test("JobLedger goes on where an earlier process of the hub was", async () => {
  const figures = { stdout: { total: 4, kept: 4 }, stderr: { total: 0, kept: 0 } };
  using scene = await openLedger({ tails: [["web1", new OutputTail(1_000, figures)]] });
  const { ledger, store, host, stdout } = scene;
  const chunks = [out("one ")];
  await store.jobs.spool(id, "web1", { received: 4, stdout: 4, stderr: 0, chunks });
  ledger.output("web1", out("two"));
  await ledger.state("web1", endOf(order, "web1"));
  assert.deepEqual([stdout("web1"), host("web1").stdout.total], ["one two", 7]);
});
