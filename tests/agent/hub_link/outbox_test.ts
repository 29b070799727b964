import assert from "node:assert/strict";
import { type HubSession, Outbox } from "../../../lib/agent/hub_link/outbox.ts";
import {
  MAX_HELLO_HELD,
  MAX_HELLO_RUNNING,
} from "../../../lib/envelope/statements/session_statements.ts";
import {
  type AgentMessage,
  MAX_CHUNK,
  OUTPUT_WINDOW,
} from "../../../lib/protocol/agent/messages.ts";
import { signInputBlock } from "../../../lib/envelope/statements/input_block.ts";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { settle } from "../../support/virtual_clock.ts";

const NEVER = new AbortController().signal;
const RESULT = Uint8Array.of(1, 2, 3);
const SEALED: AgentMessage = { kind: "sealed", envelope: RESULT };

/** A link that keeps what is sent, and can be full. */
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

  /** What was sent since this was asked last; of output its offset. */
  take(): (string | number)[] {
    return this.sent.splice(0).map((message) =>
      message.kind === "output" ? message.offset : message.kind
    );
  }
}

function stdout(text: string): { stream: "stdout"; bytes: Uint8Array } {
  return { stream: "stdout", bytes: encodeUtf8(text) };
}

Deno.test("Courier brings what becomes of a request over the link that it came from", async () => {
  const [courier, link, other] = [new Outbox(), new Wire(), new Wire()];
  courier.open("a", link);
  courier.tell({ kind: "delivered", id: "a" });
  courier.tell({ kind: "started", id: "a" });
  assert.equal(await courier.sendOutput("a", stdout("xy"), NEVER), 0);
  assert.equal(courier.sendResult("a", RESULT), true);
  assert.deepEqual(link.sent, [
    { kind: "delivered", id: "a" },
    { kind: "started", id: "a" },
    { kind: "output", id: "a", stream: "stdout", offset: 0, bytes: encodeUtf8("xy") },
    SEALED,
  ]);
  assert.deepEqual(other.sent, []);
});

Deno.test("Courier keeps a result until it is acknowledged", () => {
  const [courier, link] = [new Outbox(), new Wire()];
  courier.open("a", link);
  assert.deepEqual([courier.running, courier.held, courier.has("a")], [["a"], [], true]);
  courier.acknowledge("a");
  assert.deepEqual([courier.running, courier.held], [["a"], []], "it has not ended");
  courier.sendResult("a", RESULT);
  assert.deepEqual([courier.running, courier.held, courier.has("a")], [[], ["a"], true]);
  courier.acknowledge("b");
  courier.acknowledge("a");
  assert.deepEqual([courier.held, courier.has("a")], [[], false]);
  courier.acknowledge("a");
});

Deno.test("Courier has nothing to say of what nobody asked for", async () => {
  const courier = new Outbox();
  courier.tell({ kind: "delivered", id: "a" });
  assert.equal(await courier.sendOutput("a", stdout("x"), NEVER), 0);
  assert.equal(courier.sendResult("a", RESULT), false);
  courier.credit("a", 1, new Wire());
  courier.resume("a", new Wire());
  assert.deepEqual([courier.running, courier.held], [[], []]);
});

Deno.test("Courier goes on over a new link from where the hub is", async () => {
  const [courier, first, second] = [new Outbox(), new Wire(), new Wire()];
  courier.open("a", first);
  await courier.sendOutput("a", stdout("abc"), NEVER);
  await courier.sendOutput("a", { stream: "stderr", bytes: encodeUtf8("de") }, NEVER);
  courier.detached(first);
  await courier.sendOutput("a", stdout("f"), NEVER);
  courier.sendResult("a", RESULT);
  assert.deepEqual(first.take(), [0, 3]);
  courier.credit("a", 3, second);
  assert.deepEqual(second.take(), ["delivered", 3, 5, "sealed"]);
  courier.credit("a", 3, second);
  assert.deepEqual(second.take(), [], "the same link has heard it");
  courier.credit("a", 0, first);
  assert.deepEqual(first.take(), ["delivered", 3, 5, "sealed"]);
});

Deno.test("Courier minds no credit for what was not sent", async () => {
  const [courier, link, other] = [new Outbox(), new Wire(), new Wire()];
  courier.open("a", link);
  await courier.sendOutput("a", stdout("abc"), NEVER);
  for (const received of [4, Number.MAX_SAFE_INTEGER, -1]) courier.credit("a", received, link);
  courier.credit("unknown", 3, link);
  link.take();
  courier.resume("a", other);
  assert.deepEqual(other.take(), ["delivered", 0]);
});

Deno.test("Courier lets a command wait while the hub is behind or away", async () => {
  for (const away of [false, true]) {
    const [courier, link] = [new Outbox(), new Wire()];
    courier.open("a", link);
    if (away) courier.detached(link);
    let done = false;
    const bytes = new Uint8Array(OUTPUT_WINDOW + MAX_CHUNK);
    const output = courier.sendOutput("a", { stream: "stdout", bytes }, NEVER).then(() =>
      done = true
    );
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    assert.equal(done, false);
    courier.credit("a", away ? 0 : 1, link);
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    courier.credit("a", 1, link);
    await output;
    const sizes = link.sent.map((message) => message.kind === "output" ? message.bytes.length : 0);
    assert.equal(Math.max(...sizes) <= MAX_CHUNK, true);
  }
});

Deno.test("Courier drops only what a command that was called off goes on to say at length", async () => {
  const [courier, link] = [new Outbox(), new Wire()];
  const abort = new AbortController();
  courier.open("a", link);
  const output = courier.sendOutput(
    "a",
    { stream: "stdout", bytes: new Uint8Array(16 * OUTPUT_WINDOW) },
    abort.signal,
  );
  abort.abort();
  assert.equal(await output, 16 * OUTPUT_WINDOW - OUTPUT_WINDOW - 4_194_304);
});

Deno.test("Courier drops a link whose hub reads too slowly", () => {
  const [courier, link] = [new Outbox(), new Wire()];
  courier.open("a", link);
  link.full = true;
  courier.tell({ kind: "delivered", id: "a" });
  assert.equal(link.dropped, 1);
  courier.detached(link);
  courier.sendResult("a", RESULT);
  assert.equal(link.dropped, 1);
  const next = new Wire();
  courier.credit("a", 0, next);
  assert.deepEqual(next.take(), ["delivered", "sealed"]);
});

Deno.test("Courier takes over what an earlier process has left", () => {
  const [courier, link] = [new Outbox(), new Wire()];
  courier.restore("held", RESULT);
  courier.expect("lost");
  assert.deepEqual([courier.running, courier.held], [["lost"], ["held"]]);
  courier.sendResult("lost", RESULT);
  assert.deepEqual([courier.running, courier.held], [[], ["held", "lost"]]);
  courier.resume("lost", link);
  courier.resume("held", link);
  assert.deepEqual(link.take(), ["delivered", "sealed", "delivered", "sealed"]);
});

Deno.test("Courier names no more requests than a hello can hold", () => {
  const courier = new Outbox();
  for (let n = 0; n < MAX_HELLO_RUNNING + 5; n++) courier.expect(`running ${n}`);
  for (let n = 0; n < MAX_HELLO_HELD + 5; n++) courier.restore(`held ${n}`, RESULT);
  assert.equal(courier.running.length, MAX_HELLO_RUNNING);
  assert.equal(courier.held.length, MAX_HELLO_HELD);
  assert.equal(courier.held[0], "held 5", "the oldest give way; the journal has them");
});

Deno.test("Courier keeps 16 MiB of output for hubs that do not come back, and all results", async () => {
  const courier = new Outbox();
  const count = 40;
  for (let n = 0; n < count; n++) {
    courier.open(`${n}`, new Wire());
    await courier.sendOutput(
      `${n}`,
      { stream: "stdout", bytes: new Uint8Array(OUTPUT_WINDOW) },
      NEVER,
    );
    courier.sendResult(`${n}`, RESULT);
  }
  assert.equal(courier.held.length, count);
  const left = courier.held.map((id) => {
    const link = new Wire();
    courier.resume(id, link);
    return link.take().filter((kind) => typeof kind === "number").length;
  });
  const kept = left.filter((chunks) => chunks > 0).length;
  assert.equal(kept, 16_777_216 / OUTPUT_WINDOW);
  assert.deepEqual(left.slice(0, count - kept), new Array(count - kept).fill(0));
});

Deno.test("Courier asks for input, and again over the link that comes after", async () => {
  const [courier, first, second] = [new Outbox(), new Wire(), new Wire()];
  const streamed = { key: alice.publicKey.base64, from: "start" } as const;
  assert.equal(courier.openStdin("a", streamed), undefined, "nobody asked for it");
  courier.open("a", first);
  const intake = courier.openStdin("a", streamed);
  const pieces = intake?.[Symbol.asyncIterator]();
  const piece = pieces?.next();
  const id = "a";
  courier.receiveInput({
    kind: "input",
    id,
    ...signInputBlock(id, { offset: 0, bytes: encodeUtf8("xy") }, alice),
  });
  assert.deepEqual((await piece)?.value, encodeUtf8("xy"));
  void pieces?.next();
  await settle();
  const asked = [{ kind: "fed", id, taken: 0 }, { kind: "fed", id, taken: 2 }];
  assert.deepEqual(first.sent, asked);
  courier.detached(first);
  courier.credit("a", 0, second);
  assert.deepEqual(second.sent, [{ kind: "delivered", id }, { kind: "fed", id, taken: 2 }]);
  intake?.close();
  assert.deepEqual(second.sent.at(-1), { kind: "enough", id });
  courier.sendResult("a", RESULT);
  courier.receiveInput({
    kind: "input",
    id,
    ...signInputBlock(id, { offset: 2, bytes: encodeUtf8("z") }, alice),
  });
});

Deno.test("Courier says again that a confirmation is waited for, until there is a result", () => {
  const [courier, link, again, last] = [new Outbox(), new Wire(), new Wire(), new Wire()];
  courier.open("a", link);
  courier.tell({ kind: "unconfirmed", id: "a" });
  courier.detached(link);
  courier.credit("a", 0, again);
  const delivered = { kind: "delivered", id: "a" };
  assert.deepEqual(link.sent, [{ kind: "unconfirmed", id: "a" }]);
  assert.deepEqual(again.sent, [delivered, { kind: "unconfirmed", id: "a" }]);
  courier.sendResult("a", RESULT);
  courier.resume("a", last);
  assert.deepEqual(last.sent, [delivered, SEALED]);
});
