import assert from "node:assert/strict";
import { PeerBudget, type PeerBudgetOptions } from "../../../lib/sp/endpoints/peer_budget.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

const permissions = "none";

/** A budget, and the names of the connections that it has ended. */
function scene(options: PeerBudgetOptions) {
  const budget = new PeerBudget(options);
  const ended: string[] = [];
  const admit = (name: string, address?: string) => budget.admit(address, () => ended.push(name));
  const attach = (name: string, address: string, isKnown = false) => {
    const connection = admit(name, address);
    return connection?.authenticate(isKnown) === true ? connection : undefined;
  };
  return { budget, ended, admit, attach };
}

Deno.test("PeerBudget ends the oldest unauthenticated peer of the address that has the most", {
  permissions,
}, () => {
  const { budget, ended, admit } = scene({ maxConnections: 4 });
  admit("honest", "10.0.0.1");
  for (const name of ["a", "b", "c", "d", "e"]) assert.ok(admit(name, "10.0.0.66"));
  assert.deepEqual([ended, budget.connections], [["a", "b"], 4]);
});

Deno.test("PeerBudget keeps a part free of unknown peers, for known ones", { permissions }, () => {
  const { budget, ended, admit, attach } = scene({ maxConnections: 8, reserved: 1 / 4 });
  for (let count = 0; count < 6; count++) assert.ok(attach(`flood${count}`, "10.0.0.66"));
  assert.equal(attach("flood6", "10.0.0.66"), undefined);
  assert.deepEqual([ended, budget.connections], [[], 7]);
  assert.ok(attach("known", "10.0.0.66", true));
  assert.ok(attach("operator", "10.0.0.2", true));
  assert.deepEqual(ended, ["flood6"]);
  assert.ok(attach("another", "10.0.0.3", true));
  assert.ok(admit("local"));
  assert.deepEqual(ended, ["flood6", "flood5", "flood4"]);
});

Deno.test("PeerBudget lets unknown peers of other addresses in instead of the largest one's", {
  permissions,
}, () => {
  const { ended, attach } = scene({ maxConnections: 8, reserved: 1 / 4 });
  for (let count = 0; count < 6; count++) attach(`flood${count}`, "10.0.0.66");
  assert.ok(attach("web1", "10.0.0.1"));
  assert.ok(attach("web2", "10.0.0.1"));
  assert.deepEqual(ended, ["flood5", "flood4"]);
  assert.equal(attach("flood6", "10.0.0.66"), undefined);
});

Deno.test("PeerBudget refuses a peer where only known ones are left, but no local one", {
  permissions,
}, () => {
  const { admit, attach } = scene({ maxConnections: 2 });
  const known = attach("one", "10.0.0.1", true);
  assert.ok(known);
  attach("two", "10.0.0.1", true);
  assert.equal(admit("three", "10.0.0.2"), undefined);
  assert.ok(admit("operator"));
  known?.[Symbol.dispose]();
  assert.equal(admit("three", "10.0.0.2"), undefined);
});

Deno.test("PeerBudget asks the system for more connections when it needs them", {
  permissions,
}, async () => {
  const clock = new VirtualClock();
  let free = 3;
  let asked = 0;
  const { ended, admit } = scene({ clock, free: (atMost) => (asked++, Math.min(atMost, free)) });
  for (const name of ["a", "b", "c", "d"]) admit(name, "10.0.0.1");
  assert.deepEqual([ended, asked], [["a"], 1]);
  free = 5;
  admit("e", "10.0.0.1");
  assert.deepEqual([ended, asked], [["a", "b"], 1]);
  await clock.advance(1_000);
  admit("f", "10.0.0.1");
  assert.deepEqual([ended, asked], [["a", "b"], 2]);
});

Deno.test("PeerBudget counts incomplete messages apart before and after the login", {
  permissions,
}, () => {
  const { budget, ended, admit } = scene({ maxIncomplete: 100, maxUnknownIncomplete: 200 });
  const agent = admit("agent", "10.0.0.1");
  agent?.hold(90);
  agent?.authenticate(false);
  agent?.hold(190);
  const attacker = admit("attacker", "10.0.0.66");
  attacker?.hold(90);
  assert.deepEqual([ended, budget.incomplete], [[], 90]);
  attacker?.hold(101);
  assert.deepEqual([ended, budget.incomplete, budget.connections], [["attacker"], 0, 1]);
  admit("known", "10.0.0.2")?.authenticate(true);
  agent?.hold(201);
  assert.deepEqual(ended, ["attacker", "agent"]);
});
