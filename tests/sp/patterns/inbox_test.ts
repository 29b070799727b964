import assert from "node:assert/strict";
import { concat } from "../../../lib/base/bytes.ts";
import { encodeFrame } from "../../../lib/sp/wire/framing.ts";
import { Inbox } from "../../../lib/sp/patterns/inbox.ts";
import { streamPair } from "../../../lib/sp/transports/inproc.ts";
import { Pipe } from "../../../lib/sp/wire/pipe.ts";
import { RawPeer } from "../../support/sp/raw_peer.ts";

const pure = { timeout: 5_000 } as const;

Deno.test("Inbox yields items in the order in which they came", pure, async () => {
  await using source = open(new Inbox<number>());
  await source.send(0, 1, 2);
  source.inbox.close();
  assert.deepEqual(await Array.fromAsync(source.inbox), [0, 1, 2]);
});

Deno.test("Inbox waits for an item, and ends when closed", pure, async () => {
  await using source = open(new Inbox<number>());
  const items = source.inbox[Symbol.asyncIterator]();
  const next = items.next();
  await source.send(7);
  assert.deepEqual(await next, { value: 7, done: false });
  const last = items.next();
  source.inbox.close();
  assert.deepEqual(await last, { value: undefined, done: true });
});

Deno.test("Inbox that is closed takes nothing more", pure, async () => {
  await using source = open(new Inbox<number>());
  source.inbox.close();
  await source.send(1);
  assert.equal(source.inbox.take(), undefined);
});

Deno.test("Inbox that is full pauses each pipe that brings more", pure, async () => {
  const inbox = new Inbox<number>(4);
  await using first = open(inbox);
  await using second = open(inbox);
  await first.send(0, 1, 2, 3, 4, 5, 6, 7);
  await second.send(8, 9, 10);
  assert.equal(first.taken, 4);
  assert.equal(second.taken, 1);
});

Deno.test("Inbox lets pipes go on once it is half empty", pure, async () => {
  const inbox = new Inbox<number>(4);
  await using source = open(inbox);
  await source.send(...Array.from({ length: 12 }, (_, index) => index));
  const taken: (number | undefined)[] = [inbox.take()];
  assert.equal(source.taken, 4);
  taken.push(inbox.take());
  assert.equal(source.taken, 6);
  while (taken.length < 12) taken.push(inbox.take());
  assert.deepEqual(taken, Array.from({ length: 12 }, (_, index) => index));
  assert.equal(inbox.take(), undefined);
});

Deno.test("Inbox lets all pipes go on when it is closed", pure, async () => {
  const inbox = new Inbox<number>(1);
  await using source = open(inbox);
  await source.send(0, 1, 2);
  assert.equal(source.taken, 1);
  inbox.close();
  assert.equal(source.taken, 3);
  assert.equal(inbox.take(), 0);
  assert.equal(inbox.take(), undefined);
});

interface Source extends AsyncDisposable {
  readonly inbox: Inbox<number>;
  /** How many items the pipe has handed to the inbox. */
  readonly taken: number;
  /** Sends these through a pipe, all in one chunk, and waits until they could have arrived. */
  send(...items: number[]): Promise<void>;
}

function open(inbox: Inbox<number>): Source {
  const [near, far] = streamPair("inproc://test");
  const peer = new RawPeer(far);
  const limits = { framing: "tcp", maxReceive: 100, maxQueued: 100 } as const;
  const pipe = new Pipe({ stream: near, role: "sub", rest: new Uint8Array() }, limits);
  let taken = 0;
  pipe.start({
    message(_pipe, [item = -1]) {
      taken++;
      inbox.put(pipe, item);
    },
    detached() {},
  });
  return {
    inbox,
    get taken() {
      return taken;
    },
    async send(...items) {
      peer.send(concat(items.map((item) => encodeFrame("tcp", Uint8Array.of(item)))));
      await peer.stream.flushed();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([pipe.close(), peer[Symbol.asyncDispose]()]);
    },
  };
}
