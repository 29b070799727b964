/**
 * A follower of a job receives all of it: every byte and every state, in order and once. It may
 * start at any time and be slow, and the hub's disk may fail.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { isFinal } from "../../../lib/protocol/job/host_state.ts";
import type { PositionedPiece } from "../../../lib/protocol/agent/streams.ts";
import { settle } from "../../support/virtual_clock.ts";
import {
  endOf,
  FollowerLog,
  type PlayedJob,
  RegistryFixture,
  type Told,
} from "./registry_fixture.ts";
const RUNS = Number(Deno.env.get("NANOEXEC_LONG") ?? 60);
const NODES = ["n1", "n2", "n3"];
const STREAMS = ["stdout", "stderr"] as const;
/** So small that some output is not stored. */
const KEEP = 150_000;
const RETRY_MS = 2_000;

type Step =
  | { readonly kind: "started" | "end" | "settle"; readonly node: string }
  | {
    readonly kind: "output";
    readonly node: string;
    readonly stream: PositionedPiece["stream"];
    readonly length: number;
  }
  | { readonly kind: "follow"; readonly slow: boolean }
  | { readonly kind: "full" | "room" | "retry" | "flush" | "turn" };

const node = fc.constantFrom(...NODES);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("output"),
      node,
      stream: fc.constantFrom(...STREAMS),
      length: fc.constantFrom(1, 3, 1_000, 70_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("started", "settle", "end"), node }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("follow"), slow: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("full", "room", "retry", "flush", "turn") }),
  },
);

/** The real events, and those that each follower received. */
class History {
  readonly #fixture: RegistryFixture;
  readonly #job: PlayedJob;
  readonly #printed = new Map<string, number>();
  readonly #ended = new Set<string>();
  readonly followers: {
    readonly log: FollowerLog;
    readonly missed: ReadonlyMap<string, number>;
  }[] = [];

  constructor(fixture: RegistryFixture, job: PlayedJob) {
    this.#fixture = fixture;
    this.#job = job;
  }

  async take(step: Step): Promise<void> {
    const { disk, clock, store } = this.#fixture;
    switch (step.kind) {
      case "full":
      case "room":
        disk.full = step.kind === "full";
        return;
      case "retry":
        return await clock.advance(RETRY_MS);
      case "flush":
        return store.flush();
      case "turn":
        return await settle();
      case "follow":
        return this.#follow(step.slow);
      default:
        if (!this.#ended.has(step.node)) this.#hear(step);
    }
  }

  /** Ends all hosts, with room on the disk. */
  async finish(): Promise<void> {
    for (const node of NODES) await this.take({ kind: "end", node });
    this.#follow(false);
    this.#fixture.disk.full = false;
    const { clock, store } = this.#fixture;
    while (store.jobs.get(this.#job.spec.id)?.overAt === undefined) {
      await clock.advance(RETRY_MS);
      store.flush();
      await settle();
    }
    this.#follow(true);
    await Promise.all(this.followers.map(({ log }) => log.ended));
  }

  check(): void {
    for (const { log, missed } of this.followers) {
      assert.equal(log.overs, 1);
      for (const node of NODES) {
        const told = log.told.get(node) ?? assert.fail(`${node} is missing`);
        checkStates(told);
        for (const stream of STREAMS) this.#checkOutput(told, { node, stream, missed });
      }
    }
  }

  #hear(step: Extract<Step, { node: string }>): void {
    const { sink, spec } = this.#job;
    const { node } = step;
    if (step.kind === "settle") return void sink.settle?.(node)?.catch(() => {});
    if (step.kind === "output") return this.#print(step);
    if (step.kind === "started") return void sink.state(node, { kind: "started" });
    this.#ended.add(node);
    sink.state(node, endOf(spec, node))?.catch(() => {});
  }

  #print({ node, stream, length }: Extract<Step, { kind: "output" }>): void {
    const at = this.#printedBy(node, stream);
    this.#printed.set(`${node} ${stream}`, at + length);
    this.#job.sink.output(node, { stream, bytes: bytesOf(node, at, length) });
  }

  #printedBy(node: string, stream: PositionedPiece["stream"]): number {
    return this.#printed.get(`${node} ${stream}`) ?? 0;
  }

  #follow(slow: boolean): void {
    const log = new FollowerLog(slow ? () => settle() : undefined);
    const missed = new Map(this.#printed);
    this.#fixture.registry.follow(this.#job.spec.id, log);
    this.followers.push({ log, missed });
  }

  /** Checks that a follower received the stored output at its start, and all later output. */
  #checkOutput(
    told: readonly Told[],
    { node, stream, missed }: {
      readonly node: string;
      readonly stream: PositionedPiece["stream"];
      readonly missed: ReadonlyMap<string, number>;
    },
  ): void {
    const total = this.#printedBy(node, stream);
    const before = missed.get(`${node} ${stream}`) ?? 0;
    const kept = Math.min(before, this.#keptOf(node, stream, before));
    let at = 0;
    const parts: Uint8Array[] = [];
    for (const news of told) {
      if (news.kind !== "output" || news.stream !== stream) continue;
      if (at === kept && news.offset === before) at = before;
      assert.equal(news.offset, at, "no gap but what was not kept, and nothing twice");
      parts.push(news.bytes);
      at += news.bytes.length;
    }
    if (at === kept && total === before) at = total;
    assert.equal(at, total);
    const expected = concat([bytesOf(node, 0, kept), bytesOf(node, before, total - before)]);
    assert.deepEqual(concat(parts), expected);
  }

  #keptOf(node: string, stream: PositionedPiece["stream"], before: number): number {
    const record = this.#fixture.store.jobs.host(this.#job.spec.id, node);
    return Math.min(before, record?.[stream].stored ?? 0);
  }
}

/** Returns output whose bytes depend on their offset. */
function bytesOf(node: string, at: number, length: number): Uint8Array {
  const seed = node.charCodeAt(1);
  return Uint8Array.from({ length }, (_, index) => (at + index) * 31 + seed);
}

function checkStates(told: readonly Told[]): void {
  const spec = ["pending", "delivered", "started"];
  const kinds = told.map(({ kind }) => kind);
  const last = kinds.at(-1) ?? "";
  assert.equal(last, "ended", "all output comes before the end");
  const states = kinds.filter((kind) => kind !== "output").slice(0, -1);
  assert.ok(!told.slice(0, -1).some((news) => news.kind !== "output" && isFinal(news)));
  const ranks = states.map((kind) => spec.indexOf(kind));
  assert.deepEqual(ranks, ranks.toSorted(), kinds.join());
}

Deno.test("JobSubscription sends everything once and in order, from whatever moment on", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30, size: "max" }), async (steps) => {
      using fixture = new RegistryFixture(KEEP);
      const history = new History(fixture, await fixture.submit("a", NODES));
      for (const each of steps) await history.take(each);
      await history.finish();
      history.check();
    }),
    { numRuns: RUNS },
  );
});

Deno.test("JobSubscription reads recorded output as slowly as the follower takes it", async () => {
  using fixture = new RegistryFixture();
  const { sink, spec } = await fixture.submit("a", NODES);
  for (const name of NODES) {
    sink.output(name, { stream: "stdout", bytes: new Uint8Array(200_000) });
    await sink.state(name, endOf(spec, name));
  }
  const room = Promise.withResolvers<void>();
  const log = new FollowerLog(() => room.promise);
  fixture.registry.follow(spec.id, log);
  await settle();
  assert.deepEqual(NODES.map((name) => log.kinds(name).join()), [
    "started,output",
    "started",
    "started",
  ]);
  room.resolve();
  await log.ended;
  assert.deepEqual(log.kinds("n3"), ["started", "output", "output", "output", "output", "ended"]);
});

Deno.test(
  "JobSubscription sends the end of a job whose output is removed meanwhile",
  async () => {
    using fixture = new RegistryFixture();
    const { sink, spec } = await fixture.submit("a", ["n1"]);
    sink.output("n1", { stream: "stdout", bytes: new Uint8Array(200_000) });
    await sink.state("n1", endOf(spec, "n1"));
    await settle();
    const room = Promise.withResolvers<void>();
    const log = new FollowerLog(() => room.promise);
    fixture.registry.follow(spec.id, log);
    await settle();
    await fixture.clock.advance(31 * 86_400_000);
    fixture.store.prune();
    assert.equal(fixture.store.jobs.get(spec.id), undefined);
    room.resolve();
    await log.ended;
    assert.deepEqual(log.kinds("n1"), ["started", "output", "ended"]);
  },
);

Deno.test("JobSubscription sends nothing to a follower that has left", async () => {
  using fixture = new RegistryFixture();
  const { sink, spec } = await fixture.submit("a", ["n1"]);
  sink.output("n1", { stream: "stdout", bytes: encodeUtf8("one") });
  await sink.settle?.("n1");
  const log = new FollowerLog();
  fixture.registry.follow(spec.id, log)?.[Symbol.dispose]();
  sink.output("n1", { stream: "stdout", bytes: encodeUtf8("two") });
  sink.state("n1", endOf(spec, "n1"));
  await settle();
  assert.deepEqual([log.kinds("n1"), log.overs], [["pending"], 0]);
});
