import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../lib/base/bytes.ts";
import { MAX_CHUNK, type Output, WINDOW } from "../../lib/envelope/session.ts";
import { OutputIntake } from "../../lib/hub/output_intake.ts";
import { settle } from "../support/virtual_clock.ts";

const pure = { permissions: "none" } as const;

function chunk(offset: number, bytes: Uint8Array): Output {
  return { kind: "output", id: "a".repeat(32), stream: "stdout", offset, bytes };
}

Deno.test("OutputIntake hands on each byte once, however often and late chunks come", pure, () => {
  const anyPlan = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
    from: fc.array(fc.nat(), { maxLength: 5 }),
  });
  fc.assert(fc.property(anyPlan, ({ sizes, from }) => {
    const chunks = sizes.map((size, index) => new Uint8Array(size).fill(index));
    const offsets = chunks.map((_, index) => concat(chunks.slice(0, index)).length);
    const taken: Uint8Array[] = [];
    const intake = new OutputIntake({
      take: ({ bytes }) => void taken.push(bytes),
      credit() {},
    });
    // Several connections, each of which begins somewhere; the last one begins at the beginning.
    for (const start of [...from.map((place) => place % chunks.length), 0]) {
      for (let index = start; index < chunks.length; index++) {
        intake.put(chunk(offsets[index] ?? 0, chunks[index] ?? new Uint8Array()));
      }
    }
    assert.deepEqual(concat(taken), concat(chunks));
    assert.equal(intake.taken, concat(chunks).length);
  }));
});

Deno.test("OutputIntake holds back the next chunk while one is being taken", pure, async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const log: string[] = [];
  const intake = new OutputIntake({
    take: ({ offset }) => {
      log.push(`chunk at ${offset}`);
      return gates[offset]?.promise;
    },
    credit() {},
  });
  for (const offset of [0, 1, 2]) intake.put(chunk(offset, Uint8Array.of(offset)));
  assert.deepEqual(log, ["chunk at 0"]);
  assert.equal(intake.taken, 0);
  gates[0]?.resolve();
  await settle();
  assert.deepEqual(log, ["chunk at 0", "chunk at 1"]);
  assert.equal(intake.taken, 1);
  gates[1]?.resolve();
  await settle();
  assert.equal(intake.taken, 3);
});

Deno.test(
  "OutputIntake refuses what goes beyond the window until something is taken",
  pure,
  async () => {
    const gate = Promise.withResolvers<void>();
    let bytes = 0;
    const credits: number[] = [];
    const intake = new OutputIntake({
      take: (output) => {
        bytes += output.bytes.length;
        return gate.promise;
      },
      credit: (taken) => credits.push(taken),
    });
    const full = new Uint8Array(MAX_CHUNK);
    for (let offset = 0; offset < 3 * WINDOW; offset += MAX_CHUNK) intake.put(chunk(offset, full));
    gate.resolve();
    await settle();
    assert.equal(bytes, WINDOW);
    assert.deepEqual(credits, [WINDOW / 2, WINDOW]);
    intake.put(chunk(WINDOW, full));
    await settle();
    assert.equal(bytes, WINDOW + MAX_CHUNK);
  },
);

Deno.test(
  "OutputIntake hands over at the end what a slow sink has kept waiting",
  pure,
  async () => {
    const gate = Promise.withResolvers<void>();
    const taken: number[] = [];
    const intake = new OutputIntake({
      take: ({ offset }) => {
        taken.push(offset);
        return gate.promise;
      },
      credit() {},
    });
    for (const offset of [0, 1, 2]) intake.put(chunk(offset, Uint8Array.of(offset)));
    intake.finish();
    assert.deepEqual(taken, [0, 1, 2]);
    gate.resolve();
    await settle();
    assert.deepEqual(taken, [0, 1, 2]);
  },
);
