import assert from "node:assert/strict";
import {
  EXIT_ERROR,
  EXIT_FAILED,
  EXIT_INTERRUPTED,
  EXIT_LOST,
  EXIT_OK,
  EXIT_REFUSED,
  EXIT_STOPPED,
  exitCode,
  type ExitOptions,
  sumStatuses,
} from "../../../lib/cli/process/exit_code.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";

const OK: HostOutcome = { kind: "exited", code: 0 };
const CODE_3: HostOutcome = { kind: "exited", code: 3 };
const KILLED: HostOutcome = { kind: "signalled", signal: "SIGKILL" };
const TIMEOUT: HostOutcome = { kind: "timeout" };
const CANCELLED: HostOutcome = { kind: "cancelled" };
const REFUSED: HostOutcome = { kind: "refused", code: "no-rule", reason: "no rule" };
const ALLOWED: HostOutcome = { kind: "allowed", rule: "any", summary: "true" };
const LOST: HostOutcome = { kind: "lost" };
const EXPIRED: HostOutcome = { kind: "expired" };
const UNVERIFIED: HostOutcome = { kind: "unverified" };
const SKIPPED: HostOutcome = { kind: "skipped" };

type Row = readonly [outcomes: readonly HostOutcome[], expected: number, options?: ExitOptions];

function check(rows: readonly Row[]): void {
  for (const [outcomes, expected, options] of rows) {
    const row = `${outcomes.map((each) => each.kind).join(",")} ${JSON.stringify(options ?? {})}`;
    assert.equal(exitCode(outcomes, options), expected, row);
  }
}

Deno.test("the statuses are the ones that are documented", () => {
  assert.deepEqual(
    [EXIT_OK, EXIT_ERROR, EXIT_FAILED, EXIT_LOST, EXIT_STOPPED, EXIT_REFUSED, EXIT_INTERRUPTED],
    [0, 1, 2, 4, 8, 16, 130],
  );
});

Deno.test("exitCode adds up what happened", () => {
  check([
    [[], 1],
    [[OK], 0],
    [[OK, OK, ALLOWED], 0],
    [[OK, CODE_3], 2],
    [[CODE_3, CODE_3], 2],
    [[KILLED], 2],
    [[TIMEOUT], 2],
    [[CANCELLED], 2],
    [[OK, LOST], 4],
    [[EXPIRED], 4],
    [[UNVERIFIED], 4],
    [[CODE_3, LOST], 6],
    [[TIMEOUT, EXPIRED, OK], 6],
    [[REFUSED], 16],
    [[REFUSED, OK], 16],
    [[REFUSED, CODE_3], 18],
    [[REFUSED, LOST], 20],
    [[REFUSED, LOST, CODE_3], 22],
    [[OK, CODE_3, SKIPPED], 10, { stopped: true }],
    [[OK, LOST, SKIPPED], 12, { stopped: true }],
    [[REFUSED, LOST, CODE_3, SKIPPED], 30, { stopped: true }],
    [[OK, SKIPPED], 8, { stopped: true }],
    [[OK, CODE_3], 10, { stopped: true }],
    [[OK, LOST, SKIPPED], 8, { stopped: true, okIfLost: true }],
  ]);
});

Deno.test(
  "exitCode of an interrupted run is 130, whatever else happened",
  () => {
    check([
      [[], 130, { interrupted: true }],
      [[OK], 130, { interrupted: true }],
      [[OK, SKIPPED], 130, { interrupted: true, stopped: true }],
      [[CODE_3, LOST], 130, { interrupted: true, maxrc: true }],
    ]);
  },
);

Deno.test("exitCode with maxrc is the largest remote code", () => {
  const maxrc = { maxrc: true };
  check([
    [[], 1, maxrc],
    [[OK, OK], 0, maxrc],
    [[OK, CODE_3, { kind: "exited", code: 2 }], 3, maxrc],
    [[{ kind: "exited", code: 255 }, LOST], 255, maxrc],
    [[CODE_3, LOST], 254, maxrc],
    [[CODE_3, SKIPPED], 254, { maxrc: true, stopped: true }],
    [[CODE_3, EXPIRED], 254, maxrc],
    [[UNVERIFIED], 254, maxrc],
    [[REFUSED], 254, maxrc],
    [[TIMEOUT], 254, maxrc],
    [[CANCELLED], 254, maxrc],
    [[ALLOWED], 0, maxrc],
    [[KILLED], 137, maxrc],
    [[{ kind: "signalled", signal: "SIGTERM" }], 143, maxrc],
    [[{ kind: "signalled", signal: "SIGRTMIN+1" }], 128, maxrc],
  ]);
});

Deno.test("exitCode with okIfLost leaves out hosts that were not there", () => {
  const okIfLost = { okIfLost: true };
  check([
    [[], 1, okIfLost],
    [[OK, LOST, EXPIRED], 0, okIfLost],
    [[LOST], 0, okIfLost],
    [[CODE_3, LOST], 2, okIfLost],
    [[REFUSED, EXPIRED], 16, okIfLost],
    [[UNVERIFIED, LOST], 4, okIfLost],
    [[LOST], 130, { ...okIfLost, interrupted: true }],
    [[CODE_3, LOST], 3, { ...okIfLost, maxrc: true }],
    [[EXPIRED], 0, { ...okIfLost, maxrc: true }],
    [[UNVERIFIED], 254, { ...okIfLost, maxrc: true }],
  ]);
});

Deno.test("exitCode of every mix of outcomes is the sum of what is in it", () => {
  const bits = new Map<HostOutcome, number>([
    [OK, 0],
    [ALLOWED, 0],
    [SKIPPED, 0],
    [CODE_3, 2],
    [KILLED, 2],
    [TIMEOUT, 2],
    [CANCELLED, 2],
    [LOST, 4],
    [EXPIRED, 4],
    [UNVERIFIED, 4],
    [REFUSED, 16],
  ]);
  for (let mix = 1; mix < 1 << bits.size; mix++) {
    const outcomes = [...bits.keys()].filter((_, index) => mix & (1 << index));
    const of = (counted: readonly HostOutcome[]) =>
      counted.reduce((sum, outcome) => sum | (bits.get(outcome) ?? 0), 0);
    const there = outcomes.filter((outcome) => outcome !== LOST && outcome !== EXPIRED);
    check([
      [outcomes, of(outcomes)],
      [outcomes.toReversed(), of(outcomes)],
      [outcomes, of(there), { okIfLost: true }],
      [outcomes, of(outcomes) + 8, { stopped: true }],
      [outcomes, 130, { interrupted: true }],
    ]);
  }
});

Deno.test("exitCode never leaves the range of a process's status", () => {
  const all = [OK, CODE_3, KILLED, TIMEOUT, CANCELLED, REFUSED, LOST, EXPIRED, UNVERIFIED];
  for (const maxrc of [false, true]) {
    const status = exitCode(all, { maxrc });
    assert.ok(Number.isInteger(status) && status > 0 && status <= 255);
  }
});

Deno.test("several runs have the status of one", () => {
  const rows: readonly (readonly [statuses: readonly number[], sum: number, maxrc?: boolean])[] = [
    [[], 0],
    [[0, 0], 0],
    [[2, 0, 4], 6],
    [[2, 2, 16], 18],
    [[2, 1, 4], 1],
    [[1, 130, 2], 130],
    [[3, 7, 0], 7, true],
    [[], 0, true],
  ];
  for (const [statuses, sum, maxrc = false] of rows) {
    assert.equal(sumStatuses(statuses, { maxrc }), sum, statuses.join());
  }
});
