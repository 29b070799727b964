import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { StdinReceiver } from "../../../lib/agent/hub_link/stdin_receiver.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import type { InputBlock } from "../../../lib/envelope/statements/input_block.ts";
import { INPUT_WINDOW, INPUT_WINDOW_BLOCKS } from "../../../lib/protocol/agent/streams.ts";
import type { InputClosed, InputCredit } from "../../../lib/protocol/agent/messages.ts";
import { alice, assertEnvelopeError, bob } from "../../support/envelope_fixtures.ts";
import { signedBlocks } from "../../support/input_blocks.ts";
import { settle } from "../../support/virtual_clock.ts";
const id = "a".repeat(32);

interface Scene {
  readonly receiver: StdinReceiver;
  /** The progress that the hub received; "enough" at the end. */
  readonly progress: (number | "enough")[];
  /** Receives blocks in this order. */
  receive(...blocks: readonly (InputBlock | undefined)[]): void;
}

function scene(from: "start" | "anywhere" = "start"): Scene {
  const progress: (number | "enough")[] = [];
  const send = (message: InputCredit | InputClosed) =>
    void progress.push(message.kind === "fed" ? message.taken : "enough");
  const receiver = new StdinReceiver(id, { key: alice.publicKey.base64, from }, send);
  return {
    ...{ receiver, progress },
    receive: (...blocks) => {
      for (const block of blocks) if (block) receiver.receive({ kind: "input", id, ...block });
    },
  };
}

/** Reads everything to the end, as text. */
async function readAll(receiver: StdinReceiver): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of receiver) pieces.push(piece);
  return new TextDecoder().decode(concat(pieces));
}

const PIECES = ["stop\n", "delete\n", "start\n", ""];
const [stop, remove, start, end] = signedBlocks(id, PIECES);
const [begin] = signedBlocks(id, ["start\n"]);
const [late] = signedBlocks(id, ["start\n", ""], { start: 5 });
const [, other] = signedBlocks(id, ["STOP\n", "delete\n"]);
const ALL = "stop\ndelete\nstart\n";

/** Orders of blocks that a hub may send, and the input that the command gets before the wait. */
const ORDERS: readonly (readonly [
  name: string,
  blocks: readonly (InputBlock | undefined)[],
  given: string,
  refused?: "refused",
])[] = [
  ["in order", [stop, remove, start, end], ALL],
  ["each twice", [stop, stop, remove, remove, start, start, end, end], ALL],
  ["all twice", [stop, remove, start, end, stop, remove, start, end], ALL],
  ["backwards, then in order", [end, start, remove, stop, remove, start, end], ALL],
  ["backwards", [end, start, remove, stop], "stop\n"],
  ["without the first", [remove, start, end], ""],
  ["without one in the middle", [stop, start, end], "stop\n"],
  ["without the end", [stop, remove, start], ALL],
  ["two swapped", [stop, start, remove, end], "stop\ndelete\n"],
  ["the end at the front", [end && { ...end, offset: 0 }], "", "refused"],
  ["the end too early", [stop, end && { ...end, offset: 5 }], "stop\n", "refused"],
  ["moved to the front", [start && { ...start, offset: 0 }], "", "refused"],
  ["moved over a gap", [stop, start && { ...start, offset: 5 }], "stop\n", "refused"],
  ["of another input with these bytes", [stop, other], "stop\n", "refused"],
  ["of another input at its place", [begin, remove], "start\n"],
  ["from another start", [late, stop], "stop\n"],
  ["from another start as this one", [late && { ...late, start: 0, offset: 0 }], "", "refused"],
  ["cut short", [stop && { ...stop, bytes: stop.bytes.subarray(0, 2) }], "", "refused"],
  ["emptied", [stop && { ...stop, bytes: new Uint8Array() }], "", "refused"],
  ["more after the end", [stop, ...signedBlocks(id, ["stop\n", "", "more"]).slice(1)], "stop\n"],
];

for (const [name, blocks, given, refused] of ORDERS) {
  Deno.test(`StdinReceiver gives the command only the signed input: blocks ${name}`, async () => {
    const { receiver, receive } = scene();
    const pieces: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of receiver) pieces.push(piece);
      return "end";
    })().catch(() => "cut");
    let signatures = 0;
    for (const block of blocks) {
      try {
        receive(block);
      } catch (error) {
        assert.ok(error instanceof EnvelopeError && error.code === "signature");
        signatures++;
      }
      await settle();
    }
    assert.equal(signatures > 0, refused !== undefined);
    assert.equal(new TextDecoder().decode(concat(pieces)), given);
    receiver.close();
    // A command that waits for more gets no end of file.
    const isEnded = blocks.includes(end) && given === ALL || name === "more after the end";
    assert.equal(await reading, isEnded ? "end" : "cut");
    const { bytes, sha256, ended } = receiver.given;
    const expected = [given.length, hash("sha256", given, "hex"), isEnded];
    assert.deepEqual([bytes, sha256, ended], expected);
  });
}

Deno.test("StdinReceiver reports a piece as consumed when the next one is requested", async () => {
  const { receiver, progress, receive } = scene();
  const [first, last] = signedBlocks(id, ["ab", ""]);
  const pieces = receiver[Symbol.asyncIterator]();
  const piece = pieces.next();
  receive(first);
  assert.deepEqual(await piece, { done: false, value: encodeUtf8("ab") });
  await settle();
  assert.deepEqual(progress, []);
  assert.deepEqual(receiver.progress, { kind: "fed", id, taken: 0 });
  const second = pieces.next();
  await settle();
  assert.deepEqual(progress, [2]);
  assert.deepEqual(receiver.progress, { kind: "fed", id, taken: 2 });
  receive(last);
  assert.equal((await second).done, true);
  assert.deepEqual(progress, [2, "enough"]);
});

Deno.test("StdinReceiver begins in the middle only if the request allows it", async () => {
  const middle = signedBlocks(id, ["ab", "c", ""], { start: 7 });
  const strict = scene();
  strict.receive(...middle, ...signedBlocks(id, [""]));
  assert.equal(await readAll(strict.receiver), "");
  const { receiver, progress, receive } = scene("anywhere");
  const [first, ...rest] = middle;
  receive(first, ...signedBlocks(id, ["xy"]), ...rest);
  assert.equal(await readAll(receiver), "abc");
  assert.deepEqual(progress, [9, 10, "enough"]);
  const { signature, ...given } = receiver.given;
  const sha256 = hash("sha256", "abc", "hex");
  assert.deepEqual(given, { start: 7, bytes: 3, sha256, ended: true });
  assert.equal(signature, middle.at(-1)?.signature.toBase64());
});

Deno.test("StdinReceiver refuses the middle of an input as its start", async () => {
  const { receiver, receive } = scene("anywhere");
  const [, second] = signedBlocks(id, ["ab", "cd"], { start: 7 });
  assert.ok(second);
  receive(second);
  assertEnvelopeError("signature", () => receive({ ...second, start: second.offset }));
  receive(...signedBlocks(id, ["ok", ""], { start: 3 }));
  assert.equal(await readAll(receiver), "ok");
});

Deno.test("StdinReceiver refuses input that no operator has signed", async () => {
  const { receiver, receive } = scene();
  const [signed, last] = signedBlocks(id, ["ls", ""]);
  assert.ok(signed);
  const [otherKey] = signedBlocks(id, ["rm"], { key: bob });
  const [otherEnd] = signedBlocks(id, [""], { key: bob });
  const [otherId] = signedBlocks("b".repeat(32), ["ls"]);
  for (const forged of [otherKey, otherEnd, otherId, { ...signed, bytes: encodeUtf8("rm") }]) {
    assertEnvelopeError("signature", () => receive(forged));
  }
  receive(signed, last);
  assert.equal(await readAll(receiver), "ls");
});

Deno.test("StdinReceiver keeps no more than a hub may send ahead", async () => {
  const { receiver, receive } = scene();
  const piece = new Uint8Array(INPUT_WINDOW / 4);
  const blocks = signedBlocks(id, [...Array.from({ length: 4 }, () => piece), ""]);
  receive(...blocks);
  let bytes = 0;
  for await (const taken of receiver) {
    bytes += taken.length;
    if (bytes === INPUT_WINDOW) receive(blocks.at(-1));
  }
  assert.equal(bytes, INPUT_WINDOW);
  const small = scene();
  small.receive(...signedBlocks(id, Array.from({ length: 1_000 }, () => "x")));
  const pieces = small.receiver[Symbol.asyncIterator]();
  for (let index = 0; index < INPUT_WINDOW_BLOCKS; index++) await pieces.next();
  let waits = true;
  const next = pieces.next().catch(() => waits = false);
  await settle();
  assert.equal(waits, true);
  small.receiver.close();
  await next;
});

Deno.test("StdinReceiver stops when nobody reads any more", async () => {
  const { receiver, progress, receive } = scene();
  const [first, second] = signedBlocks(id, ["ab", "cd"]);
  const reading = assert.rejects(readAll(receiver), /closed before its end/);
  receive(first);
  await settle();
  receiver.close();
  receiver.close();
  await reading;
  assert.deepEqual(progress, [2, "enough"]);
  receive(second);
  assert.deepEqual(receiver.progress, { kind: "enough", id });
  const left = scene();
  left.receive(first);
  for await (const _ of left.receiver) break;
  assert.deepEqual(left.progress, ["enough"]);
  assert.equal(left.receiver.given.bytes, 2);
});
