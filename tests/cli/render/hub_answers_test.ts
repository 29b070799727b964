/**
 * How answers of a hub look: jobs, hosts, a ping, and the explanation of one host.
 * @module
 */
import assert from "node:assert/strict";
import { ageText, timeLeftText } from "../../../lib/cli/render/units.ts";
import {
  hostLines,
  hostRows,
  hostsJson,
  jobLines,
  tableLines,
} from "../../../lib/cli/render/hub_tables.ts";
import { pingJson, pingLines } from "../../../lib/cli/render/ping_report.ts";
import { explanationJson, explanationLines } from "../../../lib/cli/render/host_explanation.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { resultType } from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import type { VerifiedFinalState } from "../../../lib/protocol/job/host_state.ts";
import type { HostExplanation, HostInfo, JobInfo } from "../../../lib/trigger/queue/hub_queries.ts";
import { bob, lookupOf, result } from "../../support/envelope_fixtures.ts";
const NOW = 1_790_000_000_000;
const ID = "0123456789abcdef0123456789abcdef";

function job(change: Partial<JobInfo> = {}): JobInfo {
  return {
    id: ID,
    by: "SHA256:AbCdEfGhIjKl",
    target: "web[1-2]",
    summary: "uptime",
    submitted: NOW - 300_000,
    deliverUntil: NOW + 7_200_000,
    counts: { ok: 10, failed: 2, started: 1 },
    ...change,
  };
}

function host(name: string, change: Partial<HostInfo> = {}): HostInfo {
  const { base64: key } = bob.publicKey;
  const times = { since: NOW - 3_600_000, firstSeen: NOW - 86_400_000 };
  return { name, key, version: "1.2.3", attached: true, ...times, ...change };
}

Deno.test("ageText() says the largest unit", () => {
  const rows: readonly (readonly [number, string])[] = [
    [-5, "0s"],
    [999, "0s"],
    [1_000, "1s"],
    [59_999, "59s"],
    [60_000, "1m"],
    [3_600_000, "1h"],
    [86_400_000, "1d"],
    [40 * 86_400_000, "40d"],
  ];
  for (const [ms, text] of rows) assert.equal(ageText(ms), text);
});

Deno.test("leftText() does not say an hour of nearly two", () => {
  const rows: readonly (readonly [number, string])[] = [
    [-5, "0s"],
    [999, "0s"],
    [59_999, "59s"],
    [60_000, "1m"],
    [7_199_999, "1h59m"],
    [7_200_000, "2h"],
    [2 * 86_400_000 - 1, "1d23h"],
    [3_600_000 + 59_000, "1h"],
  ];
  for (const [ms, text] of rows) assert.equal(timeLeftText(ms), text);
});

Deno.test("tableLines() makes columns as wide as they need to be", () => {
  assert.deepEqual(tableLines([["A", "BB", "C"], ["aaa", "b", "what comes last"]]), [
    "A    BB  C",
    "aaa  b   what comes last",
  ]);
  assert.deepEqual(tableLines([]), []);
});

Deno.test("jobs below each other", async (t) => {
  const jobs = [
    job(),
    job({ id: "f".repeat(32), by: "SHA256:AAAAAAAAAA SHA256:BBBBBBBBBB", counts: {} }),
    job({ summary: "echo \u001b[2J", counts: { pending: 1, delivered: 2, lost: 3, skipped: 4 } }),
  ];
  await t.assertSnapshot(jobLines(jobs, NOW).join("\n"));
  assert.deepEqual(jobLines([], NOW), []);
});

Deno.test("hosts by state, and one by one", async (t) => {
  const away = { attached: false };
  const hosts = [
    host("web10", { facts: { os: "linux", motd: "a\u001bb" } }),
    host("web9"),
    host("db1", { ...away, since: NOW - 7_200_000 }),
    host("db2", { ...away, since: NOW - 7_200_001 }),
    host("db3", { ...away, since: NOW - 5 * 86_400_000 }),
  ];
  await t.assertSnapshot(hostLines(hosts, NOW).join("\n"));
  await t.assertSnapshot(hostRows(hosts, NOW).join("\n"));
  await t.assertSnapshot(JSON.stringify(hostsJson(hosts.slice(0, 1)), undefined, 2));
  assert.deepEqual([hostLines([], NOW), hostRows([], NOW)], [[], []]);
});

Deno.test("who proves that he is there", async (t) => {
  const report = {
    alive: [
      { name: "web1", roundTripMs: 1.25, clockAheadMs: 30 },
      { name: "web2", roundTripMs: 7, clockAheadMs: -12_400 },
      { name: "web3", roundTripMs: 20, clockAheadMs: 90_000 },
    ],
    away: ["db1"],
    unproven: new Map([["db2", "a\u001b[2J"]]),
    silent: ["db3", "db4"],
  };
  await t.assertSnapshot(pingLines(report).join("\n"));
  await t.assertSnapshot(JSON.stringify(pingJson(report), undefined, 2));
  const [one] = report.alive;
  assert.ok(one);
  const alone = { ...report, alive: [one], away: [], unproven: new Map(), silent: [] };
  assert.deepEqual(pingLines(alone), [
    "web1: ok, round trip 1.3 ms, clock offset within 0.1 s",
  ]);
});

/** What an agent has signed of a command that ran, or did not. */
function ended(change: Partial<typeof result>): VerifiedFinalState {
  const envelope = signEnvelope(resultType, { ...result, ...change }, [bob]);
  const verified = verifyEnvelope(envelope, { payloadType: resultType, keys: lookupOf(bob) });
  return { kind: "ended", result: verified, envelope };
}

const BEGUN = { pendingAt: NOW - 9_000, deliveredAt: NOW - 8_000, startedAt: NOW - 7_000 };
const NOTHING = { total: 0, stored: 0 };

const EXPLANATIONS: Readonly<Record<string, HostExplanation>> = {
  "no job": { host: host("web1") },
  "never seen": { job: job() },
  "not meant": { host: host("web1"), job: job() },
  "still away": {
    host: host("web1", { attached: false }),
    job: job(),
    trace: {
      ...{ node: "web1", state: "pending", pendingAt: NOW - 9_000 },
      stdout: NOTHING,
      stderr: NOTHING,
    },
  },
  running: {
    host: host("web1"),
    job: job(),
    trace: {
      ...{ node: "web1", state: "started", ...BEGUN },
      stdout: { total: 2_048, stored: 1_024 },
      stderr: NOTHING,
    },
  },
  lost: {
    host: host("web1"),
    job: job(),
    trace: {
      ...{ node: "web1", state: "lost", pendingAt: NOW - 9_000, endedAt: NOW - 1_000 },
      end: { kind: "lost", reason: "gone" },
      stdout: NOTHING,
      stderr: NOTHING,
    },
  },
  refused: {
    host: host("web1"),
    job: job(),
    trace: {
      ...{ node: "web1", state: "ended", pendingAt: NOW - 9_000, endedAt: NOW - 1_000 },
      end: ended({ outcome: { kind: "refused", code: "no-shell", reason: "no\u001b[2J" } }),
      stdout: NOTHING,
      stderr: NOTHING,
    },
  },
  exited: {
    host: host("web1"),
    job: job(),
    trace: {
      ...{ node: "web1", state: "ended", ...BEGUN, endedAt: NOW - 1_000 },
      end: ended({ outcome: { kind: "exited", code: 3 }, rule: 'key "alice" (line 1)' }),
      stdout: { total: 5, stored: 5 },
      stderr: NOTHING,
    },
  },
  unverified: {
    host: host("web1"),
    job: job(),
    trace: {
      ...{ node: "web1", state: "ended", ...BEGUN, endedAt: NOW - 1_000, unverified: true },
      end: ended({ outcome: { kind: "exited", code: 0 }, rule: 'key "alice" (line 1)' }),
      stdout: { total: 5, stored: 5 },
      stderr: NOTHING,
    },
  },
};

Deno.test("why, in words and as JSON", async (t) => {
  for (const [name, explanation] of Object.entries(EXPLANATIONS)) {
    await t.step(name, async (step) => {
      await step.assertSnapshot(explanationLines("web1", explanation, NOW).join("\n"));
    });
  }
  await t.step("as JSON", async (step) => {
    const { exited = {}, unverified = {} } = EXPLANATIONS;
    await step.assertSnapshot(JSON.stringify(explanationJson("web1", exited), undefined, 2));
    assert.deepEqual(explanationJson("web1", unverified).outcome, { kind: "unverified" });
  });
});
