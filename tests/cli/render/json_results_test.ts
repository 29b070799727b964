import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  jsonDocument,
  jsonOutputLine,
  jsonResultLine,
  jsonSummaryLine,
} from "../../../lib/cli/render/json_results.ts";
import type { HostResultWithOutput } from "../../../lib/trigger/results/host_result.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";

function result(
  node: string,
  outcome: HostOutcome,
  rest: Partial<HostResultWithOutput> = {},
): HostResultWithOutput {
  const nothing = new Uint8Array();
  return { node, outcome, stdout: nothing, stderr: nothing, droppedBytes: 0, ...rest };
}

function document(...args: Parameters<typeof jsonDocument>): string {
  return [...jsonDocument(...args)].join("");
}

const GOLDEN = `\
{
  "results": [
    {
      "host": "web1",
      "state": "exited",
      "code": 0,
      "droppedBytes": 0,
      "durationMs": 12,
      "stdout": "up 3 days\\n",
      "stderr": ""
    },
    {
      "host": "web2",
      "state": "lost",
      "droppedBytes": 0,
      "stdout": "",
      "stderr": ""
    }
  ],
  "summary": {
    "total": 2,
    "ok": 1,
    "failed": 0,
    "refused": 0,
    "lost": 1,
    "skipped": 0,
    "job": "1f",
    "exitStatus": 4
  }
}
`;

Deno.test(
  "jsonDocument is one document with every host and a summary",
  () => {
    const results = [
      result("web1", { kind: "exited", code: 0 }, {
        stdout: encodeUtf8("up 3 days\n"),
        durationMs: 12,
      }),
      result("web2", { kind: "lost" }),
    ];
    assert.equal(document(results, { job: "1f", exitStatus: 4 }), GOLDEN);
  },
);

Deno.test("jsonDocument of no host is a document too", () => {
  assert.deepEqual(JSON.parse(document([], { exitStatus: 1 })), {
    results: [],
    summary: { total: 0, ok: 0, failed: 0, refused: 0, lost: 0, skipped: 0, exitStatus: 1 },
  });
});

Deno.test(
  "jsonResultLine says how each kind of outcome came about",
  () => {
    const rows: readonly (readonly [HostOutcome, Record<string, unknown>])[] = [
      [{ kind: "exited", code: 3 }, { state: "exited", code: 3 }],
      [{ kind: "signalled", signal: "SIGKILL" }, { state: "signalled", signal: "SIGKILL" }],
      [{ kind: "timeout" }, { state: "timeout" }],
      [{ kind: "cancelled" }, { state: "cancelled" }],
      [
        { kind: "undone", reason: "no", code: 7, said: "x" },
        { state: "undone", reason: "no", undoCode: 7, undoSaid: "x" },
      ],
      [
        { kind: "undone", reason: "no", said: "" },
        { state: "undone", reason: "no", undoSaid: "" },
      ],
      [{ kind: "refused", code: "no-rule", reason: "no" }, {
        state: "refused",
        refusal: "no-rule",
        reason: "no",
      }],
      [{ kind: "allowed", rule: "r", summary: "s" }, { state: "allowed", rule: "r", summary: "s" }],
      [{ kind: "lost" }, { state: "lost" }],
      [{ kind: "lost", reason: "restarted" }, { state: "lost", reason: "restarted" }],
      [{ kind: "expired" }, { state: "expired" }],
      [{ kind: "unverified" }, { state: "unverified" }],
    ];
    for (const [outcome, fields] of rows) {
      const line = jsonResultLine("a", { outcome, droppedBytes: 0 });
      assert.deepEqual(JSON.parse(line), { kind: "result", host: "a", droppedBytes: 0, ...fields });
    }
  },
);

Deno.test("output is text if it is UTF-8, and base64 otherwise", () => {
  assert.equal(
    jsonOutputLine("a", "stdout", encodeUtf8("naïve\n")),
    '{"kind":"output","host":"a","stream":"stdout","data":"naïve\\n"}\n',
  );
  assert.equal(
    jsonOutputLine("a", "stderr", Uint8Array.of(0xff, 0x00)),
    '{"kind":"output","host":"a","stream":"stderr","dataBase64":"/wA="}\n',
  );
});

Deno.test("jsonSummaryLine counts and says the exit status", () => {
  const line = jsonSummaryLine([{ kind: "exited", code: 0 }, { kind: "expired" }], {
    exitStatus: 4,
  });
  assert.deepEqual(JSON.parse(line), {
    kind: "summary",
    total: 2,
    ok: 1,
    failed: 0,
    refused: 0,
    lost: 1,
    skipped: 0,
    exitStatus: 4,
  });
});

Deno.test(
  "no host can break the JSON or reach the terminal through it",
  () => {
    const hostile = '"}]}\n{"kind":"summary"}\x1b[2J\u009b\u202e\x7f';
    const evil = result("e\x1b\nvil", { kind: "refused", code: "x", reason: hostile }, {
      stdout: encodeUtf8(hostile),
    });
    const lines = [
      jsonOutputLine("e\x1b\nvil", "stdout", encodeUtf8(hostile)),
      jsonResultLine(evil.node, evil),
    ];
    for (const line of lines) assert.match(line, /^[\x20-\x7e]*\n$/);
    const text = document([evil], { exitStatus: 16 });
    assert.match(text, /^[\x20-\x7e\n]*$/);
    const [read] = JSON.parse(text).results;
    assert.deepEqual([read.host, read.reason, read.stdout], [evil.node, hostile, hostile]);
  },
);
