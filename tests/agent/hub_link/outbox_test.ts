import assert from "node:assert/strict";
import { type HubSession, Outbox } from "../../../lib/agent/hub_link/outbox.ts";
import {
  MAX_HELLO_HELD,
  MAX_HELLO_RUNNING,
} from "../../../lib/envelope/statements/session_statements.ts";
import type { AgentMessage } from "../../../lib/protocol/agent/messages.ts";
import { MAX_CHUNK, OUTPUT_WINDOW } from "../../../lib/protocol/agent/streams.ts";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { signedBlocks } from "../../support/input_blocks.ts";
import { settle } from "../../support/virtual_clock.ts";

const NEVER = new AbortController().signal;
const RESULT = Uint8Array.of(1, 2, 3);
const SEALED: AgentMessage = { kind: "sealed", envelope: RESULT };

/** A session that records messages, and can be full. */
class Wire implements HubSession {
  readonly sent: AgentMessage[] = [];
  full = false;
  dropped = 0;

  send(message: AgentMessage): boolean {
    if (!this.full) this.sent.push(message);
    return !this.full;
  }

  drop(): void {
    this.dropped++;
  }

  /** Takes the messages since the last call; for output its offset. */
  take(): (string | number)[] {
    return this.sent.splice(0).map((message) =>
      message.kind === "output" ? message.offset : message.kind
    );
  }
}

function stdout(text: string): { stream: "stdout"; bytes: Uint8Array } {
  return { stream: "stdout", bytes: encodeUtf8(text) };
}

Deno.test("Outbox brings what becomes of a request over the link that it came from", async () => {
  const [outbox, link, other] = [new Outbox(), new Wire(), new Wire()];
  outbox.open("a", link);
  outbox.sendProgress({ kind: "delivered", id: "a" });
  outbox.sendProgress({ kind: "started", id: "a" });
  assert.equal(await outbox.sendOutput("a", stdout("xy"), NEVER), 0);
  assert.equal(outbox.sendResult("a", RESULT), true);
  assert.deepEqual(link.sent, [
    { kind: "delivered", id: "a" },
    { kind: "started", id: "a" },
    { kind: "output", id: "a", stream: "stdout", offset: 0, bytes: encodeUtf8("xy") },
    SEALED,
  ]);
  assert.deepEqual(other.sent, []);
});

Deno.test("Outbox keeps a result until it is acknowledged", () => {
  const [outbox, link] = [new Outbox(), new Wire()];
  outbox.open("a", link);
  assert.deepEqual([outbox.running, outbox.held, outbox.has("a")], [["a"], [], true]);
  outbox.acknowledge("a");
  assert.deepEqual([outbox.running, outbox.held], [["a"], []], "it has not ended");
  outbox.sendResult("a", RESULT);
  assert.deepEqual([outbox.running, outbox.held, outbox.has("a")], [[], ["a"], true]);
  outbox.acknowledge("b");
  outbox.acknowledge("a");
  assert.deepEqual([outbox.held, outbox.has("a")], [[], false]);
  outbox.acknowledge("a");
});

Deno.test("Outbox has nothing to say of what nobody asked for", async () => {
  const outbox = new Outbox();
  outbox.sendProgress({ kind: "delivered", id: "a" });
  assert.equal(await outbox.sendOutput("a", stdout("x"), NEVER), 0);
  assert.equal(outbox.sendResult("a", RESULT), false);
  outbox.credit("a", 1, new Wire());
  outbox.resume("a", new Wire());
  assert.deepEqual([outbox.running, outbox.held], [[], []]);
});

Deno.test("Outbox goes on over a new link from where the hub is", async () => {
  const [outbox, first, second] = [new Outbox(), new Wire(), new Wire()];
  outbox.open("a", first);
  await outbox.sendOutput("a", stdout("abc"), NEVER);
  await outbox.sendOutput("a", { stream: "stderr", bytes: encodeUtf8("de") }, NEVER);
  outbox.detached(first);
  await outbox.sendOutput("a", stdout("f"), NEVER);
  outbox.sendResult("a", RESULT);
  assert.deepEqual(first.take(), [0, 3]);
  outbox.credit("a", 3, second);
  assert.deepEqual(second.take(), ["delivered", 3, 5, "sealed"]);
  outbox.credit("a", 3, second);
  assert.deepEqual(second.take(), [], "the same link has heard it");
  outbox.credit("a", 0, first);
  assert.deepEqual(first.take(), ["delivered", 3, 5, "sealed"]);
});

Deno.test("Outbox minds no credit for what was not sent", async () => {
  const [outbox, link, other] = [new Outbox(), new Wire(), new Wire()];
  outbox.open("a", link);
  await outbox.sendOutput("a", stdout("abc"), NEVER);
  for (const received of [4, Number.MAX_SAFE_INTEGER, -1]) outbox.credit("a", received, link);
  outbox.credit("unknown", 3, link);
  link.take();
  outbox.resume("a", other);
  assert.deepEqual(other.take(), ["delivered", 0]);
});

Deno.test("Outbox lets a command wait while the hub is behind or away", async () => {
  for (const away of [false, true]) {
    const [outbox, link] = [new Outbox(), new Wire()];
    outbox.open("a", link);
    if (away) outbox.detached(link);
    let done = false;
    const bytes = new Uint8Array(OUTPUT_WINDOW + MAX_CHUNK);
    const output = outbox.sendOutput("a", { stream: "stdout", bytes }, NEVER).then(() =>
      done = true
    );
    for (let round = 0; round < 100; round++) await Promise.resolve();
    assert.equal(done, false);
    outbox.credit("a", away ? 0 : 1, link);
    for (let round = 0; round < 100; round++) await Promise.resolve();
    outbox.credit("a", 1, link);
    await output;
    const sizes = link.sent.map((message) => message.kind === "output" ? message.bytes.length : 0);
    assert.equal(Math.max(...sizes) <= MAX_CHUNK, true);
  }
});

Deno.test("Outbox drops only what a command that was called off goes on to say at length", async () => {
  const [outbox, link] = [new Outbox(), new Wire()];
  const abort = new AbortController();
  outbox.open("a", link);
  const output = outbox.sendOutput(
    "a",
    { stream: "stdout", bytes: new Uint8Array(16 * OUTPUT_WINDOW) },
    abort.signal,
  );
  abort.abort();
  assert.equal(await output, 16 * OUTPUT_WINDOW - OUTPUT_WINDOW - 4_194_304);
});

Deno.test("Outbox drops a link whose hub reads too slowly", () => {
  const [outbox, link] = [new Outbox(), new Wire()];
  outbox.open("a", link);
  link.full = true;
  outbox.sendProgress({ kind: "delivered", id: "a" });
  assert.equal(link.dropped, 1);
  outbox.detached(link);
  outbox.sendResult("a", RESULT);
  assert.equal(link.dropped, 1);
  const next = new Wire();
  outbox.credit("a", 0, next);
  assert.deepEqual(next.take(), ["delivered", "sealed"]);
});

Deno.test("Outbox takes over what an earlier process has left", () => {
  const [outbox, link] = [new Outbox(), new Wire()];
  outbox.restore("held", RESULT);
  outbox.expect("lost");
  assert.deepEqual([outbox.running, outbox.held], [["lost"], ["held"]]);
  outbox.sendResult("lost", RESULT);
  assert.deepEqual([outbox.running, outbox.held], [[], ["held", "lost"]]);
  outbox.resume("lost", link);
  outbox.resume("held", link);
  assert.deepEqual(link.take(), ["delivered", "sealed", "delivered", "sealed"]);
});

Deno.test("Outbox names no more requests than a hello can hold", () => {
  const outbox = new Outbox();
  for (let n = 0; n < MAX_HELLO_RUNNING + 5; n++) outbox.expect(`running ${n}`);
  for (let n = 0; n < MAX_HELLO_HELD + 5; n++) outbox.restore(`held ${n}`, RESULT);
  assert.equal(outbox.running.length, MAX_HELLO_RUNNING);
  assert.equal(outbox.held.length, MAX_HELLO_HELD);
  assert.equal(outbox.held[0], "held 5", "the oldest give way; the journal has them");
});

Deno.test("Outbox keeps 16 MiB of output for hubs that do not come back, and all results", async () => {
  const outbox = new Outbox();
  const count = 40;
  for (let n = 0; n < count; n++) {
    outbox.open(`${n}`, new Wire());
    await outbox.sendOutput(
      `${n}`,
      { stream: "stdout", bytes: new Uint8Array(OUTPUT_WINDOW) },
      NEVER,
    );
    outbox.sendResult(`${n}`, RESULT);
  }
  assert.equal(outbox.held.length, count);
  const left = outbox.held.map((id) => {
    const link = new Wire();
    outbox.resume(id, link);
    return link.take().filter((kind) => typeof kind === "number").length;
  });
  const kept = left.filter((chunks) => chunks > 0).length;
  assert.equal(kept, 16_777_216 / OUTPUT_WINDOW);
  assert.deepEqual(left.slice(0, count - kept), new Array(count - kept).fill(0));
});

Deno.test("Outbox asks for input, and again over the link that comes after", async () => {
  const [outbox, first, second] = [new Outbox(), new Wire(), new Wire()];
  const streamed = { key: alice.publicKey.base64, from: "start" } as const;
  assert.equal(outbox.openStdin("a", streamed), undefined, "nobody asked for it");
  outbox.open("a", first);
  const intake = outbox.openStdin("a", streamed);
  const pieces = intake?.[Symbol.asyncIterator]();
  const piece = pieces?.next();
  const id = "a";
  for (const block of signedBlocks(id, ["xy"])) {
    outbox.receiveInput({ kind: "input", id, ...block });
  }
  assert.deepEqual((await piece)?.value, encodeUtf8("xy"));
  const last = pieces?.next();
  await settle();
  const asked = [{ kind: "fed", id, taken: 0 }, { kind: "fed", id, taken: 2 }];
  assert.deepEqual(first.sent, asked);
  outbox.detached(first);
  outbox.credit("a", 0, second);
  assert.deepEqual(second.sent, [{ kind: "delivered", id }, { kind: "fed", id, taken: 2 }]);
  intake?.close();
  await assert.rejects(last ?? Promise.resolve(), /closed before its end/);
  assert.deepEqual(second.sent.at(-1), { kind: "enough", id });
  outbox.sendResult("a", RESULT);
  for (const block of signedBlocks(id, ["xy", "z"])) {
    outbox.receiveInput({ kind: "input", id, ...block });
  }
});

Deno.test("Outbox says again that a confirmation is waited for, until there is a result", () => {
  const [outbox, link, again, last] = [new Outbox(), new Wire(), new Wire(), new Wire()];
  outbox.open("a", link);
  outbox.sendProgress({ kind: "unconfirmed", id: "a" });
  outbox.detached(link);
  outbox.credit("a", 0, again);
  const delivered = { kind: "delivered", id: "a" };
  assert.deepEqual(link.sent, [{ kind: "unconfirmed", id: "a" }]);
  assert.deepEqual(again.sent, [delivered, { kind: "unconfirmed", id: "a" }]);
  outbox.sendResult("a", RESULT);
  outbox.resume("a", last);
  assert.deepEqual(last.sent, [delivered, SEALED]);
});
