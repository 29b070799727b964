import assert from "node:assert/strict";
import { type HostClass, hostClass } from "../../../lib/hub/store/recorded_outcome.ts";
import type { JobHostKind } from "../../../lib/hub/store/job_record.ts";

Deno.test("hostClass says what became of a host", () => {
  const rows: readonly (readonly [JobHostKind, string | undefined, HostClass])[] = [
    ["pending", undefined, "pending"],
    ["delivered", undefined, "pending"],
    ["started", undefined, "pending"],
    ["ended", '{"kind":"exited","code":0}', "ok"],
    ["ended", '{"kind":"exited","code":3}', "failed"],
    ["ended", '{"kind":"refused","code":"x","reason":""}', "refused"],
    ["ended", '{"kind":"lost","reason":""}', "lost"],
    ["ended", undefined, "lost"],
    ["lost", undefined, "lost"],
    ["expired", undefined, "lost"],
    ["skipped", undefined, "skipped"],
  ];
  for (const [kind, outcome, expected] of rows) {
    const host = outcome === undefined ? { kind } : { kind, outcome };
    assert.equal(hostClass(host), expected, `${kind} ${outcome}`);
  }
});
