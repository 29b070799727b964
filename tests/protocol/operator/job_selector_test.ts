import assert from "node:assert/strict";
import {
  matchesSelector,
  parseSelector,
  type PastHost,
} from "../../../lib/protocol/operator/job_reference.ts";

interface Output {
  readonly stdout?: string;
  readonly stderr?: string;
}

function host(state: PastHost["state"], code?: number, output: Output = {}): PastHost {
  return {
    state,
    ...(code !== undefined && { code }),
    output: (stream) => output[stream] ?? "",
  };
}

const HOSTS: Readonly<Record<string, PastHost>> = {
  ok: host("ok", 0, { stdout: "kernel 5.15.0\nup 3 days\n" }),
  rc1: host("failed", 1, { stderr: "no such unit\n" }),
  rc3: host("failed", 3, { stdout: "disk full\n" }),
  killed: host("failed", undefined, { stdout: "kernel 6.1" }),
  refused: host("refused"),
  lost: host("lost"),
  pending: host("pending", undefined, { stdout: "still going" }),
};

Deno.test("matchesSelector chooses by state, exit code and output", () => {
  const rows: readonly (readonly [selector: string, hosts: string])[] = [
    ["all", "ok rc1 rc3 killed refused lost pending"],
    ["ok", "ok"],
    ["failed", "rc1 rc3 killed"],
    ["refused", "refused"],
    ["lost", "lost"],
    ["pending", "pending"],
    ["rc=3", "rc3"],
    ["rc=0", "ok"],
    ["rc=7", ""],
    ["rc!=0", "rc1 rc3"],
    ["rc<3", "ok rc1"],
    ["rc<=3", "ok rc1 rc3"],
    ["rc>1", "rc3"],
    ["rc>=1", "rc1 rc3"],
    ["out~full", "rc3"],
    ["out~^kernel [0-9]", "ok killed"],
    ["out~days$", "ok"],
    ["out~^days", ""],
    ["out~unit", ""],
    ["err~unit", "rc1"],
  ];
  for (const [text, hosts] of rows) {
    const parsed = parseSelector(text);
    assert.ok(parsed.kind === "selector", text);
    const found = Object.keys(HOSTS).filter((name) => {
      const found = HOSTS[name];
      return found !== undefined && matchesSelector(parsed.selector, found);
    });
    assert.equal(found.join(" "), hosts, text);
  }
});

Deno.test("matchesSelector reads output only where that decides", () => {
  const unread: PastHost = { state: "ok", code: 0, output: () => assert.fail("was read") };
  for (const text of ["all", "ok", "rc=0"]) {
    const parsed = parseSelector(text);
    assert.ok(parsed.kind === "selector" && matchesSelector(parsed.selector, unread));
  }
});

Deno.test("parseSelector says what it cannot read", () => {
  const choices = "all, ok, failed, refused, lost, pending, rc=CODE, out~REGEX or err~REGEX";
  const rows: readonly (readonly [text: string, problem: string])[] = [
    ["", `unknown selector "": use ${choices}`],
    ["OK", `unknown selector "OK": use ${choices}`],
    ["rc", `unknown selector "rc": use ${choices}`],
    ["rc=x", `unknown selector "rc=x": use ${choices}`],
    ["rc==3", `unknown selector "rc==3": use ${choices}`],
    ["rc=-1", `unknown selector "rc=-1": use ${choices}`],
    ["out~", `unknown selector "out~": use ${choices}`],
    ["constructor", `unknown selector "constructor": use ${choices}`],
    ["out~(a", `unmatched "(", at character 1 of "(a"`],
    ["err~[a", `unmatched "[", at character 1 of "[a"`],
  ];
  for (const [text, problem] of rows) {
    assert.deepEqual(parseSelector(text), { kind: "problem", problem }, text);
  }
});
