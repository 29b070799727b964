import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import {
  findIncapableHosts,
  requireCapabilities,
} from "../../../lib/trigger/requests/capability_check.ts";

const HOSTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["web1", ["survive", "undo"]],
  ["web2", ["survive"]],
  ["web3", []],
]);

const queue = { capabilitiesOf: () => Promise.resolve(HOSTS) };
const nodes = [...HOSTS.keys(), "detached"];
const undo = { command: "true", withinMs: 1_000 };

Deno.test("findIncapableHosts() returns the attached hosts that lack something", () => {
  const rows = [
    [{}, [], []],
    [{ survive: false }, [], []],
    [{ survive: true }, ["web3"], ["survive"]],
    [{ undo }, ["web2", "web3"], ["undo"]],
    [{ undo, survive: true }, ["web2", "web3"], ["survive", "undo"]],
    [{ splayMs: 5 }, ["web1", "web2", "web3"], ["splay"]],
  ] as const;
  for (const [request, incapable, capabilities] of rows) {
    assert.deepEqual(
      findIncapableHosts(request, nodes, HOSTS),
      { nodes: incapable, capabilities },
    );
  }
});

Deno.test("requireCapabilities() names the hosts, with a hint", async () => {
  await requireCapabilities({ survive: true }, ["web1", "web2", "detached"], queue);
  await assert.rejects(requireCapabilities({ undo }, nodes, queue), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.message, "agents too old for this request (undo): web[2-3]");
    assert.equal(error.hint, "upgrade nanoexec there, or leave the hosts out: -x web[2-3]");
    return true;
  });
});
