import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../lib/base/bytes.ts";
import {
  MAX_CHUNK,
  OUTPUT_WINDOW,
  OUTPUT_WINDOW_AFTER_CANCEL,
  OUTPUT_WINDOW_RUNS,
  type OutputMessage,
} from "../../../lib/protocol/agent/streams.ts";
import { OutputIntake } from "../../../lib/hub/jobs/output_intake.ts";
import { settle } from "../../support/virtual_clock.ts";
/** The most bytes that an agent may send ahead. */
const LIMIT = OUTPUT_WINDOW + OUTPUT_WINDOW_AFTER_CANCEL;

function chunk(
  offset: number,
  bytes: Uint8Array,
  stream: OutputMessage["stream"] = "stdout",
): OutputMessage {
  return { kind: "output", id: "a".repeat(32), stream, offset, bytes };
}

function round(offset: number): OutputMessage["stream"] {
  return offset % 2 === 0 ? "stdout" : "stderr";
}

Deno.test(
  "OutputIntake hands on each byte once, however often it comes and in which pieces",
  () => {
    const whole = Uint8Array.from({ length: 100 }, (_, index) => index);
    const anyPiece = fc.tuple(fc.nat(99), fc.integer({ min: 1, max: 40 }));
    fc.assert(fc.property(fc.array(anyPiece, { maxLength: 40 }), (pieces) => {
      const taken: Uint8Array[] = [];
      const intake = new OutputIntake({
        take: ({ offset, bytes }) => {
          assert.equal(offset, concat(taken).length);
          taken.push(bytes);
        },
        credit() {},
      });
      let end = 0;
      for (const [start, length] of pieces) {
        intake.add(chunk(start, whole.subarray(start, start + length)));
        if (start <= end) end = Math.max(end, Math.min(start + length, whole.length));
        assert.deepEqual(concat(taken), whole.subarray(0, end));
        assert.equal(intake.consumed, end);
      }
    }));
  },
);

Deno.test("OutputIntake holds back the next chunk while one is being taken", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const log: string[] = [];
  const intake = new OutputIntake({
    take: ({ offset }) => {
      log.push(`chunk at ${offset}`);
      return gates[offset]?.promise;
    },
    credit() {},
  });
  for (const offset of [0, 1, 2, 3]) {
    intake.add(chunk(offset, Uint8Array.of(offset), round(offset)));
  }
  assert.deepEqual(log, ["chunk at 0"]);
  assert.equal(intake.consumed, 0);
  gates[0]?.resolve();
  await settle();
  assert.deepEqual(log, ["chunk at 0", "chunk at 1"]);
  assert.equal(intake.consumed, 1);
  gates[1]?.resolve();
  await settle();
  assert.deepEqual(log, ["chunk at 0", "chunk at 1", "chunk at 2", "chunk at 3"]);
  assert.equal(intake.consumed, 4);
});

Deno.test(
  "OutputIntake refuses what goes beyond the window until something is taken",
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
    for (let offset = 0; offset < 2 * LIMIT; offset += MAX_CHUNK) intake.add(chunk(offset, full));
    gate.resolve();
    while (intake.consumed < LIMIT) await settle();
    await settle();
    assert.equal(bytes, LIMIT);
    assert.deepEqual(credits.slice(0, 3), [OUTPUT_WINDOW / 2, OUTPUT_WINDOW, 1.5 * OUTPUT_WINDOW]);
    assert.equal(credits.at(-1), LIMIT);
    intake.add(chunk(LIMIT, full));
    await settle();
    assert.equal(bytes, LIMIT + MAX_CHUNK);
  },
);

Deno.test(
  "OutputIntake hands over at the end what a slow sink has kept waiting",
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
    for (const offset of [0, 1, 2]) intake.add(chunk(offset, Uint8Array.of(offset), round(offset)));
    intake.finish();
    assert.deepEqual(taken, [0, 1, 2]);
    gate.resolve();
    await settle();
    assert.deepEqual(taken, [0, 1, 2]);
  },
);

Deno.test("OutputIntake makes large chunks of small ones that wait", async () => {
  const gate = Promise.withResolvers<void>();
  const taken: Uint8Array[] = [];
  const intake = new OutputIntake({
    take: ({ bytes }) => {
      taken.push(bytes);
      return gate.promise;
    },
    credit() {},
  });
  const size = 4 * MAX_CHUNK;
  for (let offset = 0; offset < size; offset++) intake.add(chunk(offset, Uint8Array.of(offset)));
  gate.resolve();
  while (intake.consumed < size) await settle();
  assert.deepEqual(taken.map(({ length }) => length), [
    1,
    ...[MAX_CHUNK, MAX_CHUNK, MAX_CHUNK, MAX_CHUNK - 1],
  ]);
  assert.deepEqual(concat(taken), Uint8Array.from({ length: size }, (_, index) => index));
});

Deno.test(
  "OutputIntake keeps no more turns of two streams than agents may send",
  async () => {
    const gate = Promise.withResolvers<void>();
    let taken = 0;
    const intake = new OutputIntake({
      take: () => {
        taken++;
        return gate.promise;
      },
      credit() {},
    });
    const put = (offset: number) => intake.add(chunk(offset, Uint8Array.of(1), round(offset)));
    for (let offset = 0; offset < 10 * OUTPUT_WINDOW_RUNS; offset++) put(offset);
    gate.resolve();
    await settle();
    while (intake.consumed < taken) await settle();
    assert.equal(taken, 3 * OUTPUT_WINDOW_RUNS + 1);
  },
);

Deno.test("OutputIntake gives credit to an agent whose streams alternate", () => {
  const credits: number[] = [];
  const intake = new OutputIntake({ take() {}, credit: (taken) => credits.push(taken) });
  const put = (offset: number) => intake.add(chunk(offset, Uint8Array.of(1), round(offset)));
  for (let offset = 0; offset < 2 * OUTPUT_WINDOW_RUNS; offset++) put(offset);
  assert.deepEqual(credits, [1, 2, 3, 4].map((half) => half * OUTPUT_WINDOW_RUNS / 2));
});
