import assert from "node:assert/strict";
import fc from "fast-check";
import { CreditSteps, CreditWindow } from "../../lib/base/credit_window.ts";

const BOUNDS = { bytes: 100, pieces: 5 };

Deno.test("CreditWindow counts what was added and not credited", () => {
  const window = new CreditWindow(BOUNDS, { start: 10 });
  window.add(3);
  window.add(4, { joined: true });
  window.add(5);
  assert.deepEqual([window.end, window.credited, window.pending, window.pieces], [22, 10, 12, 2]);
  assert.deepEqual([13, 17, 22].map((offset) => window.hasPieceEnd(offset)), [false, true, true]);
  assert.equal(window.credit(14), true);
  assert.deepEqual([window.pending, window.pieces], [8, 2], "a piece is there until its end");
  assert.equal(window.credit(17), true);
  assert.deepEqual([window.pending, window.pieces], [5, 1]);
});

Deno.test("CreditWindow refuses credit that goes back, repeats or lies beyond the end", () => {
  const window = new CreditWindow(BOUNDS);
  window.add(6);
  assert.equal(window.credit(4), true);
  for (const offset of [-1, 0, 3, 4, 7, 1e15, NaN, Infinity, -Infinity]) {
    assert.equal(window.credit(offset), false, String(offset));
    assert.deepEqual([window.credited, window.end, window.pieces], [4, 6, 1]);
  }
});

Deno.test("CreditWindow has room until one of its bounds is reached", () => {
  const bytes = new CreditWindow(BOUNDS);
  bytes.add(99);
  assert.equal(bytes.hasRoom(), true);
  bytes.add(50);
  assert.equal(bytes.hasRoom(), false);
  assert.equal(bytes.hasRoom({ bytes: 50, pieces: 0 }), true);
  assert.equal(bytes.hasRoom({ bytes: 49, pieces: 9 }), false);
  const pieces = new CreditWindow(BOUNDS);
  for (let count = 0; count < 5; count++) {
    assert.equal(pieces.hasRoom(), true);
    pieces.add(0);
  }
  assert.equal(pieces.hasRoom(), false);
  assert.equal(pieces.hasRoom({ bytes: 0, pieces: 1 }), true);
  const unbounded = new CreditWindow({ bytes: 100 });
  for (let count = 0; count < 99; count++) unbounded.add(1);
  assert.deepEqual([unbounded.hasRoom(), unbounded.pieces], [true, 0]);
});

Deno.test("CreditWindow goes back to the credited offset after a lost connection", () => {
  const window = new CreditWindow(BOUNDS);
  for (const size of [10, 20, 30]) window.add(size);
  window.credit(10);
  window.rewind();
  assert.deepEqual([window.end, window.pending, window.pieces], [10, 0, 0]);
  assert.equal(window.credit(30), false, "this connection has not sent it");
  window.add(20);
  assert.equal(window.credit(30), true);
});

Deno.test("CreditWindow remembers credit for what an earlier process has sent", () => {
  const window = new CreditWindow(BOUNDS, { resumed: true });
  assert.equal(window.credit(14), false);
  assert.equal(window.credit(3), false, "an older one changes nothing");
  window.add(10);
  assert.deepEqual([window.pending, window.pieces], [0, 0]);
  window.add(10);
  assert.deepEqual([window.credited, window.pending, window.pieces], [14, 6, 1]);
  assert.equal(window.credit(99), true);
  assert.deepEqual([window.pending, window.pieces], [0, 0]);
});

type Step =
  | { readonly kind: "add"; readonly bytes: number; readonly joined: boolean }
  | { readonly kind: "credit"; readonly offset: number }
  | { readonly kind: "rewind" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("add" as const),
    bytes: fc.nat(20),
    joined: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("credit" as const), offset: fc.integer({ min: -5, max: 300 }) }),
  fc.record({ kind: fc.constant("rewind" as const) }),
);

/** The pieces without credit, kept in the plainest way. */
class Model {
  credited = 0;
  pieces: { start: number; end: number }[] = [];

  get end(): number {
    return this.pieces.at(-1)?.end ?? this.credited;
  }

  apply(change: Step): void {
    switch (change.kind) {
      case "add": {
        const last = this.pieces.at(-1);
        if (change.joined && last) last.end += change.bytes;
        else this.pieces.push({ start: this.end, end: this.end + change.bytes });
        return;
      }
      case "credit":
        if (change.offset <= this.credited || change.offset > this.end) return;
        this.credited = change.offset;
        this.pieces = this.pieces.filter(({ end }) => end > change.offset);
        return;
      case "rewind":
        this.pieces = [];
    }
  }
}

Deno.test("CreditWindow agrees with a list of pieces, whatever is added and credited", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const [window, model] = [new CreditWindow(BOUNDS), new Model()];
    for (const change of steps) {
      const before = window.credited;
      if (change.kind === "add") window.add(change.bytes, change);
      else if (change.kind === "rewind") window.rewind();
      else assert.equal(window.credit(change.offset), window.credited > before);
      model.apply(change);
      assert.deepEqual(
        [window.credited, window.end, window.pieces],
        [model.credited, model.end, model.pieces.length],
      );
      assert.equal(window.hasRoom(), model.end - model.credited < 100 && model.pieces.length < 5);
      assert.ok(window.credited >= before, "credit never goes back");
    }
  }));
});

Deno.test("CreditWindow that is resumed ends where the largest credit and the bytes say", () => {
  const change = fc.tuple(fc.boolean(), fc.nat(200));
  fc.assert(fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
    const window = new CreditWindow(BOUNDS, { resumed: true });
    let [end, largest] = [0, 0];
    for (const [isAdded, number] of changes) {
      if (isAdded) {
        window.add(number);
        end += number;
      } else {
        window.credit(number);
        largest = Math.max(largest, number);
      }
      assert.deepEqual([window.end, window.credited], [end, Math.min(end, largest)]);
    }
  }));
});

Deno.test("CreditSteps credits in steps of bytes or of pieces, whichever come first", () => {
  const bytes = new CreditSteps({ bytes: 10 }, { start: 5 });
  assert.deepEqual([9, 1, 10, 3].map((size) => bytes.consume(size)), [
    undefined,
    15,
    25,
    undefined,
  ]);
  const pieces = new CreditSteps({ bytes: 100, pieces: 2 });
  const credits = [false, true, false, false, true, false].map((joined) =>
    pieces.consume(1, { joined })
  );
  assert.deepEqual(credits, [undefined, undefined, 3, undefined, undefined, 6]);
});

Deno.test("CreditSteps and CreditWindow together never stop a sender that has room", () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(fc.property(fc.array(size, { minLength: 1, maxLength: 80 }), (sizes) => {
    const window = new CreditWindow(BOUNDS);
    const steps = new CreditSteps({ bytes: BOUNDS.bytes / 2, pieces: 2 });
    for (const bytes of sizes) {
      assert.ok(window.hasRoom());
      window.add(bytes);
      const credit = steps.consume(bytes);
      if (credit !== undefined) assert.equal(window.credit(credit), true);
    }
  }));
});
