import assert from "node:assert/strict";
import { promptText, statusLines } from "../../../lib/cli/shell/shell_status.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";

const FAILED: HostOutcome = { kind: "exited", code: 3 };
const OK: HostOutcome = { kind: "exited", code: 0 };

Deno.test("promptText shows whom, how many, and on how many it went wrong", () => {
  const none = new Map();
  assert.equal(promptText({ nodes: ["web1", "web2"], last: none }, 80), "web[1-2] (2)> ");
  const last = new Map([["web1", OK], ["web2", FAILED]]);
  assert.equal(promptText({ nodes: ["web1", "web2"], last }, 80), "web[1-2] (2, 1 not ok)> ");
});

Deno.test("promptText cuts a long set", () => {
  const nodes = Array.from({ length: 30 }, (_, index) => `h${index}x${index * index}`);
  const long = promptText({ nodes, last: new Map() }, 200);
  assert.match(long, /^.{39}… \(30\)> $/);
  assert.match(promptText({ nodes, last: new Map() }, 30), /^.{14}… \(30\)> $/);
  assert.match(promptText({ nodes, last: new Map() }, 0), /^… \(30\)> $/);
});

Deno.test("statusLines says who is away, how answers are shown and how it ended", () => {
  const nodes = ["web1", "web2", "web3"];
  const absence = "not attached";
  assert.deepEqual(
    statusLines({ nodes, last: new Map(), away: [], absence, gathers: true }),
    ["hosts: web[1-3] (3)", "output: gathered, equal output once (= changes it)"],
  );
  const last = new Map([["web1", OK], ["web2", FAILED], ["web3", FAILED]]);
  assert.deepEqual(statusLines({ nodes, last, away: ["web3"], absence, gathers: false }), [
    "hosts: web[1-3] (3)",
    "not attached: web3 (1)",
    "output: line by line (= changes it)",
    "last command: web[2-3] (2) exited with exit code 3",
  ]);
  assert.equal(
    statusLines({ nodes, last: new Map([["web1", OK]]), away: [], absence, gathers: true }).at(-1),
    "last command: all ok",
  );
});
