import assert from "node:assert/strict";
import { tallyFromRow } from "../../../lib/hub/store/job_record.ts";
import {
  type OutcomeClass,
  outcomeClass,
  type RecordedState,
} from "../../../lib/protocol/job/host_state.ts";

type Row = readonly [RecordedState["kind"], string | null, OutcomeClass | undefined];

Deno.test("the columns of a host say what became of it", () => {
  const rows: readonly Row[] = [
    ["pending", null, undefined],
    ["delivered", null, undefined],
    ["started", null, undefined],
    ["ended", '{"kind":"exited","code":0}', "ok"],
    ["ended", '{"kind":"exited","code":3}', "failed"],
    ["ended", '{"kind":"refused","code":"x","reason":""}', "refused"],
    ["ended", '{"kind":"lost","reason":""}', "lost"],
    ["ended", '{"kind":"unverified"}', "lost"],
    ["ended", null, "lost"],
    ["lost", null, "lost"],
    ["expired", null, "lost"],
    ["skipped", null, "skipped"],
  ];
  for (const [kind, text, expected] of rows) {
    const { outcome } = tallyFromRow({ kind, outcome: text, hosts: 1 });
    assert.equal(outcome && outcomeClass(outcome), expected, `${kind} ${text}`);
  }
});
