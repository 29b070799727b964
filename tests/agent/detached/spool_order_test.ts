import assert from "node:assert/strict";
import fc from "fast-check";
import { SpoolOrder, type StreamRun } from "../../../lib/agent/detached/spool.ts";

const permissions: Deno.PermissionOptionsObject = { read: true, write: true };

/** Takes all due runs, `most` bytes at a time. */
function takeDue(order: SpoolOrder, most = Infinity): StreamRun[] {
  const taken: StreamRun[] = [];
  for (let due = order.due; due; due = order.due) {
    const bytes = Math.min(due.bytes, most);
    taken.push({ ...due, bytes });
    order.advance(bytes);
  }
  return taken;
}

/** Returns the stream of each byte as a letter. */
function letters(runs: readonly StreamRun[]): string {
  return runs.map(({ stream, bytes }) => (stream === "stdout" ? "o" : "e").repeat(bytes)).join("");
}

const runs = fc.array(fc.record({
  stream: fc.constantFrom("stdout" as const, "stderr" as const),
  bytes: fc.integer({ min: 1, max: 300 }),
}));

Deno.test("SpoolOrder has a new process hand on in the same order", { permissions }, async () => {
  const path = await Deno.makeTempFile();
  fc.assert(fc.property(runs, runs, (first, second) => {
    Deno.truncateSync(path);
    {
      using order = new SpoolOrder(path);
      first.forEach(({ stream, bytes }) => order.add(stream, bytes));
      assert.equal(order.due, undefined);
    }
    {
      using order = new SpoolOrder(path);
      assert.equal(letters(takeDue(order, 7)), letters(first));
      second.forEach(({ stream, bytes }) => order.add(stream, bytes));
    }
    using order = new SpoolOrder(path);
    assert.equal(letters(takeDue(order)), letters([...first, ...second]));
  }));
  await Deno.remove(path);
});

Deno.test("SpoolOrder counts far, and passes over a turn that was not written to its end", {
  permissions,
}, async () => {
  const path = await Deno.makeTempFile();
  {
    using order = new SpoolOrder(path);
    order.add("stderr", 2 ** 33 + 5);
    order.add("stdout", 1);
  }
  await Deno.truncate(path, (await Deno.stat(path)).size - 1);
  using order = new SpoolOrder(path);
  assert.deepEqual(takeDue(order), [{ stream: "stderr", bytes: 2 ** 33 + 5 }]);
  await Deno.remove(path);
});
