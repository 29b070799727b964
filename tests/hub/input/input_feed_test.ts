import assert from "node:assert/strict";
import { InputFeed } from "../../../lib/hub/input/input_feed.ts";
import {
  fakeInputSource,
  INPUT_REQUEST_ID,
  inputBytesAt,
} from "../../support/hub/fake_input_source.ts";
import { settle } from "../../support/virtual_clock.ts";

Deno.test("InputFeed reads once for all hosts that are at the same place", async () => {
  const source = fakeInputSource({ length: 150_000 });
  const feed = new InputFeed(INPUT_REQUEST_ID, source);
  for (let host = 0; host < 10; host++) feed.addReader();
  const blocks = await Promise.all(
    Array.from({ length: 10 }, () => feed.block({ start: 0, offset: 0 })),
  );
  assert.deepEqual(source.reads, [0]);
  const [first] = blocks;
  assert.ok(blocks.every((block) => block === first) && first);
  assert.deepEqual([first.end, first.isLast], [100_000, false]);
  const { message } = first.survey;
  assert.ok(message.kind === "input");
  assert.deepEqual([message.id, message.offset], [INPUT_REQUEST_ID, 0]);
  assert.deepEqual(message.bytes, inputBytesAt(0, 100_000));
  assert.equal((await feed.block({ start: 0, offset: 100_000 })).end, 150_000);
  assert.deepEqual((await feed.block({ start: 0, offset: 150_000 })).isLast, true);
});

Deno.test("InputFeed waits for the slowest host once enough is kept", async () => {
  const source = fakeInputSource();
  const feed = new InputFeed(INPUT_REQUEST_ID, source);
  feed.addReader();
  feed.addReader();
  let offset = 0;
  while (offset < 8_388_608) offset = (await feed.block({ start: 0, offset })).end;
  const reads = source.reads.length;
  let ahead = false;
  const block = feed.block({ start: 0, offset }).then(() => ahead = true);
  feed.moveReader(0, offset);
  await settle();
  assert.deepEqual([ahead, source.reads.length], [false, reads]);
  feed.moveReader(0, 100_000);
  await block;
  assert.equal(source.reads.length, reads + 1);
});

Deno.test("InputFeed keeps few blocks, however small they are", async () => {
  const source = fakeInputSource({ block: 1 });
  const feed = new InputFeed(INPUT_REQUEST_ID, source);
  feed.addReader();
  let offset = 0;
  while (offset < 1_024) offset = (await feed.block({ start: 0, offset })).end;
  const block = feed.block({ start: 0, offset });
  await settle();
  assert.equal(source.reads.length, 1_024);
  feed.moveReader(0, 1);
  await block;
});

Deno.test("InputFeed waits for nobody where it can read again", async () => {
  const source = fakeInputSource({ seekable: true });
  const feed = new InputFeed(INPUT_REQUEST_ID, source);
  feed.addReader();
  feed.addReader();
  let offset = 0;
  while (offset < 20_000_000) offset = (await feed.block({ start: 0, offset })).end;
  const reads = source.reads.length;
  await feed.block({ start: 0, offset: offset - 100_000 });
  assert.equal(source.reads.length, reads, "the newest are kept");
  await feed.block({ start: 0, offset: 0 });
  assert.equal(source.reads.length, reads + 1, "the oldest are not");
});

Deno.test("InputFeed forgets what all hosts have taken, but never the end", async () => {
  const source = fakeInputSource({ length: 100_000 });
  const feed = new InputFeed(INPUT_REQUEST_ID, source);
  feed.addReader();
  await feed.block({ start: 0, offset: 0 });
  await feed.block({ start: 0, offset: 100_000 });
  feed.moveReader(0, 100_000);
  await feed.block({ start: 0, offset: 100_000 });
  assert.deepEqual(source.reads, [0, 100_000]);
  await feed.block({ start: 0, offset: 0 });
  assert.deepEqual(source.reads, [0, 100_000, 0]);
});

Deno.test("InputFeed stops reading when no host needs anything", async () => {
  const source = fakeInputSource();
  const feed = new InputFeed(INPUT_REQUEST_ID, source);
  feed.addReader();
  feed.addReader();
  await feed.block({ start: 0, offset: 0 });
  feed.removeReader(0);
  assert.equal(source.signals[0]?.aborted, false);
  feed.removeReader(0);
  assert.equal(source.signals[0]?.aborted, true);
  await assert.rejects(feed.block({ start: 0, offset: 100_000 }), { name: "AbortError" });
  assert.deepEqual(source.reads, [0]);
});

Deno.test("InputFeed ends a wait for hosts that are gone", async () => {
  const feed = new InputFeed(INPUT_REQUEST_ID, fakeInputSource());
  feed.addReader();
  let offset = 0;
  while (offset < 8_388_608) offset = (await feed.block({ start: 0, offset })).end;
  const waiting = feed.block({ start: 0, offset });
  await settle();
  feed.removeReader(0);
  await assert.rejects(waiting, { name: "AbortError" });
});

Deno.test("InputFeed says when a block cannot be read, and reads the others", async () => {
  const feed = new InputFeed(
    INPUT_REQUEST_ID,
    fakeInputSource({ seekable: true, broken: 100_000 }),
  );
  feed.addReader();
  await assert.rejects(feed.block({ start: 0, offset: 100_000 }), /the disk is broken/);
  assert.equal((await feed.block({ start: 0, offset: 0 })).end, 100_000);
});
