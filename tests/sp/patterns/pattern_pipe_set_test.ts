import assert from "node:assert/strict";
import { streamPair } from "../../../lib/sp/transports/inproc.ts";
import { Pipe } from "../../../lib/sp/wire/pipe.ts";
import { PipeSet } from "../../../lib/sp/patterns/pattern.ts";
import { settle } from "../../support/virtual_clock.ts";

const pure = { timeout: 5_000 } as const;

Deno.test("PipeSet holds each pipe once, oldest first", pure, () => {
  const set = new PipeSet();
  const [first, second, third] = [newPipe(), newPipe(), newPipe()];
  for (const pipe of [first, second, third, second]) set.add(pipe);
  assert.equal(set.size, 3);
  set.delete(second);
  set.delete(second);
  assert.deepEqual([...set], [first, third]);
  assert.ok(set.has(first) && !set.has(second));
});

Deno.test("PipeSet.changed resolves at the next change, and only then", pure, async () => {
  const set = new PipeSet();
  const pipe = newPipe();
  for (const change of [() => set.add(pipe), () => set.delete(pipe)]) {
    let told = false;
    const changed = set.nextChange().then(() => told = true);
    set.delete(newPipe());
    await Promise.resolve();
    assert.equal(told, false);
    change();
    await changed;
  }
});

Deno.test("PipeSet.reaches resolves with enough pipes at a time, not in sum", pure, async () => {
  const set = new PipeSet();
  await set.waitForCount(0);
  let reached = false;
  const reaching = set.waitForCount(2).then(() => reached = true);
  for (let count = 0; count < 3; count++) {
    const pipe = newPipe();
    set.add(pipe);
    await settle();
    set.delete(pipe);
    await settle();
  }
  assert.equal(reached, false);
  set.add(newPipe());
  set.add(newPipe());
  await reaching;
  await set.waitForCount(1);
});

function newPipe(): Pipe {
  const [stream] = streamPair("inproc://test");
  const limits = { framing: "tcp", maxReceive: 1, maxQueued: 1 } as const;
  return new Pipe({ stream, role: "pub", rest: new Uint8Array() }, limits);
}
