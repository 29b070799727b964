import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  checkFreshness,
  type FreshnessContext,
  type SignedTimes,
  type StaleCode,
} from "../../../lib/envelope/trust/freshness.ts";

const NOW = 1_790_000_000;
const context: FreshnessContext = { now: NOW, floor: 0, greatestIssued: 0 };

Deno.test("checkFreshness accepts everything up to its bounds", async (t) => {
  const fresh: readonly (readonly [string, SignedTimes, Partial<FreshnessContext>])[] = [
    ["just issued", { issued: NOW, expires: NOW + 300 }, {}],
    ["issued 30 s ahead", { issued: NOW + 30, expires: NOW + 31 }, {}],
    ["in its last second", { issued: NOW - 300, expires: NOW }, {}],
    ["of the shortest life", { issued: NOW, expires: NOW + 1 }, {}],
    ["of a day, where that is allowed", { issued: NOW, expires: NOW + 86_400 }, {
      maxLife: 86_400,
    }],
    ["issued at the floor", { issued: NOW, expires: NOW + 9 }, { floor: NOW }],
    ["clock 30 s behind", { issued: NOW, expires: NOW + 9 }, { greatestIssued: NOW + 30 }],
    ["older than another", { issued: NOW - 9, expires: NOW + 9 }, { greatestIssued: NOW - 1 }],
  ];
  for (const [name, times, changes] of fresh) {
    await t.step(name, () => {
      deepStrictEqual(checkFreshness(times, { ...context, ...changes }), { kind: "fresh" });
    });
  }
});

Deno.test("checkFreshness refuses everything beyond, and says why", async (t) => {
  const day = 86_400;
  const stale: readonly (readonly [
    string,
    SignedTimes,
    Partial<FreshnessContext>,
    StaleCode,
    RegExp,
  ])[] = [
    ["expires = issued", { issued: NOW, expires: NOW }, {}, "bad-life", /expires at or before/],
    ["expires < issued", { issued: NOW, expires: NOW - 1 }, {}, "bad-life", /expires at or before/],
    [
      "lives 301 s",
      { issued: NOW, expires: NOW + 301 },
      {},
      "bad-life",
      /301 s, limit 300 s/,
    ],
    [
      "lives longer than a lower maximum",
      { issued: NOW, expires: NOW + 61 },
      { maxLife: 60 },
      "bad-life",
      /60 s/,
    ],
    [
      "lives a day and a second",
      { issued: NOW, expires: NOW + day + 1 },
      { maxLife: 9 * day },
      "bad-life",
      /86400/,
    ],
    [
      "issued 31 s ahead",
      { issued: NOW + 31, expires: NOW + 40 },
      {},
      "from-the-future",
      /31 s ahead/,
    ],
    ["expired a second ago", { issued: NOW - 9, expires: NOW - 1 }, {}, "expired", /1 s ago/],
    [
      "issued before the floor",
      { issued: NOW - 1, expires: NOW + 9 },
      { floor: NOW },
      "before-floor",
      /1 s before/,
    ],
    [
      "clock 31 s behind",
      { issued: NOW, expires: NOW + 9 },
      { greatestIssued: NOW + 31 },
      "clock-behind",
      /31 s behind/,
    ],
    [
      "clock set back a day",
      { issued: NOW, expires: NOW + 9 },
      { greatestIssued: NOW + day },
      "clock-behind",
      /behind/,
    ],
  ];
  for (const [name, times, changes, code, reason] of stale) {
    await t.step(name, () => {
      const verdict = checkFreshness(times, { ...context, ...changes });
      if (verdict.kind !== "stale") throw new Error("it was called fresh");
      strictEqual(verdict.code, code);
      match(verdict.reason, reason);
    });
  }
});

Deno.test("checkFreshness counts fractions of a second, and says them rounded up", () => {
  const times = { issued: NOW - 0.5, expires: NOW + 0.5 };
  deepStrictEqual(checkFreshness(times, { ...context, now: NOW + 0.5 }), { kind: "fresh" });
  deepStrictEqual(checkFreshness(times, { ...context, now: NOW + 0.75 }), {
    kind: "stale",
    code: "expired",
    reason: "expired 1 s ago",
  });
});

Deno.test("checkFreshness refuses a replay while the clock is set back, and works again after", () => {
  const replay = { issued: NOW, expires: NOW + 300 };
  const atMost = { ...context, greatestIssued: NOW + 1_000 };
  strictEqual(checkFreshness(replay, { ...atMost, now: NOW + 10 }).kind, "stale");
  const next = { issued: NOW + 1_001, expires: NOW + 1_301 };
  strictEqual(checkFreshness(next, { ...atMost, now: NOW + 10 }).kind, "stale");
  strictEqual(checkFreshness(next, { ...atMost, now: NOW + 1_002 }).kind, "fresh");
});

Deno.test("checkFreshness is not misled for good by a clock that was a year ahead", () => {
  const year = 31_536_000;
  const honest = { issued: NOW, expires: NOW + 300 };
  strictEqual(checkFreshness(honest, { ...context, now: NOW + year }).kind, "stale");
  strictEqual(checkFreshness(honest, context).kind, "fresh");
});

Deno.test("checkFreshness never calls fresh what breaks a rule", () => {
  const near = fc.integer({ min: NOW - 400, max: NOW + 400 });
  const times = fc.record({ issued: near, expires: near });
  const state = fc.record({ now: near, floor: near, greatestIssued: near });
  fc.assert(
    fc.property(times, state, ({ issued, expires }, { now, floor, greatestIssued }) => {
      const { kind } = checkFreshness({ issued, expires }, { now, floor, greatestIssued });
      const life = expires - issued;
      const allowed = issued <= now + 30 && now <= expires && life > 0 && life <= 300 &&
        issued >= floor && now >= greatestIssued - 30;
      strictEqual(kind === "fresh", allowed);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("checkFreshness gives no verdict without a time", () => {
  const times = { issued: NOW, expires: NOW + 9 };
  for (const key of ["now", "floor", "greatestIssued", "maxLife"]) {
    throws(() => checkFreshness(times, { ...context, [key]: NaN }), RangeError);
  }
});
