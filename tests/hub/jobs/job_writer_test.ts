import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { outcomeClass } from "../../../lib/protocol/job/host_state.ts";
import { JobWriter, OutputTail } from "../../../lib/hub/jobs/job_writer.ts";
import type { StreamPiece } from "../../../lib/protocol/agent/streams.ts";
import { jobSpecOf } from "../../support/hub/hub_fixture.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { endOf, FullDisk } from "./registry_fixture.ts";
import { inMemory, job, textOf } from "../store/store_fixture.ts";
const spec = jobSpecOf("a", ["web1", "web2"]);
const { id } = spec;

function out(text: string | Uint8Array): StreamPiece {
  return { stream: "stdout", bytes: typeof text === "string" ? encodeUtf8(text) : text };
}

/** Opens a writer of a job of two hosts. */
async function openWriter(
  { keepOutput = 1_000, tails = [] }: {
    keepOutput?: number;
    tails?: readonly [string, OutputTail][];
  } = {},
) {
  const store = inMemory();
  const disk = new FullDisk(store);
  const clock = new VirtualClock();
  const stop = new AbortController();
  await store.jobs.add(job(id), spec.nodes);
  const writer = new JobWriter(id, {
    ...{ jobs: disk.store.jobs, clock, keepOutput, tails: new Map(tails), signal: stop.signal },
  });
  const host = (node: string) => store.jobs.host(id, node) ?? assert.fail(node);
  const stdout = (node: string) => textOf(store.jobs.output(id, node, "stdout"));
  return {
    ...{ store, disk, clock, stop, writer, host, stdout },
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

Deno.test("JobLedger writes output before its agent may forget it", async () => {
  using scene = await openWriter();
  const { writer, host, stdout } = scene;
  writer.state("web1", { kind: "started" });
  writer.output("web1", out("one "));
  assert.equal(host("web1").received, 0);
  await writer.settle("web1");
  writer.output("web1", out("two"));
  assert.deepEqual([host("web1").received, stdout("web1")], [4, "one "]);
  await writer.state("web1", endOf(spec, "web1"));
  assert.deepEqual([host("web1").state.kind, stdout("web1")], ["ended", "one two"]);
  const { state } = host("web1");
  assert.ok(state.kind === "ended");
  assert.match(new TextDecoder().decode(state.envelope), /^\{"payload":/);
  assert.equal(writer.unwritten("web1"), undefined);
});

Deno.test("JobLedger does not count what the output does not bear out", async () => {
  using scene = await openWriter();
  const { writer, store } = scene;
  await writer.output("web1", out("what nobody has signed"));
  await writer.state("web1", endOf(spec, "web1"));
  await writer.state("web2", endOf(spec, "web2"));
  const counted = store.jobs.tally(id).map(({ outcome, hosts }) => [
    outcome && outcomeClass(outcome),
    hosts,
  ]);
  assert.deepEqual(counted.toSorted(), [["lost", 1], ["ok", 1]]);
});

Deno.test("JobLedger believes what went on before the hub was started again", async () => {
  const printed = { total: 4, kept: 4 };
  const tail = new OutputTail(1_000, { stdout: printed, stderr: { total: 0, kept: 0 } });
  using scene = await openWriter({ tails: [["web1", tail]] });
  await scene.writer.output("web1", out("more"));
  await scene.writer.state("web1", endOf(spec, "web1"));
  const { outcome } = scene.host("web1");
  assert.equal(outcome && outcomeClass(outcome), "ok");
});

Deno.test("JobLedger writes in order what a full disk has held up", async () => {
  using scene = await openWriter();
  const { writer, disk, clock, host, stdout } = scene;
  disk.full = true;
  writer.output("web1", out("one "));
  const first = writer.settle("web1");
  writer.output("web1", out("two "));
  await clock.sleepers(1);
  disk.full = false;
  const second = writer.settle("web1");
  writer.output("web1", out("three"));
  const end = writer.state("web1", endOf(spec, "web1"));
  assert.equal(host("web1").received, 0, "what comes later waits");
  await clock.advance(2_000);
  await Promise.all([first, second, end]);
  assert.deepEqual([host("web1").state.kind, stdout("web1")], ["ended", "one two three"]);
  assert.equal(host("web1").stdout.total, 13);
});

Deno.test(
  "JobLedger tries until the disk has room, and hosts do not wait for each other",
  async () => {
    using scene = await openWriter();
    const { writer, disk, clock, host } = scene;
    disk.full = true;
    let isKept = false;
    const end = Promise.resolve(writer.state("web1", endOf(spec, "web1"))).then(() =>
      isKept = true
    );
    for (let round = 0; round < 5; round++) {
      await clock.sleepers(1);
      await clock.advance(2_000);
    }
    assert.equal(isKept, false, "the agent must not forget its result");
    assert.equal(writer.unwritten("web1")?.end?.state.kind, "ended");
    disk.full = false;
    await writer.state("web2", { kind: "lost", reason: "gone" });
    const { at: _at, ...lost } = host("web2").state;
    assert.deepEqual(lost, { kind: "lost", reason: "gone" });
    await clock.sleepers(1);
    await clock.advance(2_000);
    await end;
    assert.equal(host("web1").state.kind, "ended");
    await writer.written();
  },
);

Deno.test("JobLedger promises nothing more once its hub is closed", async () => {
  using scene = await openWriter();
  const { writer, disk, clock, stop } = scene;
  disk.full = true;
  const end = Promise.resolve(writer.state("web1", endOf(spec, "web1")));
  await clock.sleepers(1);
  stop.abort();
  await assert.rejects(end);
  await assert.rejects(writer.written());
});

Deno.test("JobLedger keeps equal output of many hosts once", async () => {
  using scene = await openWriter();
  const { writer, store } = scene;
  for (const node of spec.nodes) {
    writer.output(node, out("the same"));
    await writer.state(node, endOf(spec, node));
  }
  const bodies = spec.nodes.map((node) => store.jobs.host(id, node)?.stdout.hash);
  assert.equal(new Set(bodies).size, 1);
});

Deno.test("JobLedger does not let output pile up in memory", async () => {
  using scene = await openWriter({ keepOutput: 64 * 1024 ** 2 });
  const { writer, host } = scene;
  const chunk = out(new Uint8Array(8 * 1024 ** 2));
  for (let round = 0; round < 3; round++) assert.equal(writer.output("web1", chunk), undefined);
  await (writer.output("web2", chunk) ?? assert.fail("it must be written now"));
  await writer.output("web1", chunk);
  assert.equal(host("web1").received, 32 * 1024 ** 2);
  assert.equal(writer.unwritten("web1")?.tail.pieces.length, 0);
});

Deno.test("JobLedger goes on where an earlier process of the hub was", async () => {
  const figures = { stdout: { total: 4, kept: 4 }, stderr: { total: 0, kept: 0 } };
  using scene = await openWriter({ tails: [["web1", new OutputTail(1_000, figures)]] });
  const { writer, store, host, stdout } = scene;
  const chunks = [out("one ")];
  await store.jobs.spool(id, "web1", { received: 4, stdout: 4, stderr: 0, chunks });
  writer.output("web1", out("two"));
  await writer.state("web1", endOf(spec, "web1"));
  assert.deepEqual([stdout("web1"), host("web1").stdout.total], ["one two", 7]);
});
