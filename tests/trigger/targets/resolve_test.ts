import assert from "node:assert/strict";
import type { AgentSession } from "../../../lib/hub/agents/agent_session.ts";
import { parseTarget } from "../../../lib/nodeset/mod.ts";
import { QUIET_MS, waitForAgents } from "../../../lib/trigger/queue/local_queue.ts";
import type { KnownHost, Queue } from "../../../lib/trigger/queue/queue.ts";
import { resolve, type ResolvedHosts } from "../../../lib/trigger/targets/resolve.ts";
import { type HubFixture, openHubFixture } from "../../support/hub/hub_fixture.ts";
import { settle, VirtualClock } from "../../support/virtual_clock.ts";

const pure = { timeout: 5_000 } as const;
const MAX_MS = 10_000;

/** A hub with web1 and db1 on Linux and web2 on macOS. */
async function openWithAgents(): Promise<HubFixture> {
  await using stack = new AsyncDisposableStack();
  const fixture = stack.use(await openHubFixture());
  for (const [name, os] of [["web1", "linux"], ["web2", "macos"], ["db1", "linux"]] as const) {
    stack.use(await fixture.attach({ name, facts: { os } }));
  }
  const all = stack.move();
  return { ...fixture, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The part of a queue that resolving needs, over the hub of `fixture`. */
function attendedBy({ hub }: HubFixture): Pick<Queue, "waitForAgents" | "hosts" | "host"> {
  const known = ({ name, key, hello: { facts } }: AgentSession): KnownHost => ({
    ...{ name, facts, key: key.base64 },
  });
  return {
    waitForAgents: (options) => waitForAgents(hub, options),
    hosts: () => [...hub.roster].map(known),
    host: (name) => [...hub.roster].map(known).find((host) => host.name === name),
  };
}

/** Resolves `text`, letting time pass; also says how much of it was needed. */
async function meant(
  fixture: HubFixture,
  text: string,
  expect?: readonly string[],
): Promise<ResolvedHosts & { readonly ms: number }> {
  const clock = new VirtualClock();
  const options = { maxMs: MAX_MS, clock, ...(expect && { expect }) };
  let over = false;
  const resolving = resolve(attendedBy(fixture), parseTarget(text), options).finally(() =>
    over = true
  );
  for (await settle(); !over; await settle()) await clock.advance(100);
  return { ...await resolving, ms: clock.now() };
}

/** A target, who is meant, who is unknown, and how long it takes to know. */
const ROWS: readonly (readonly [string, readonly string[], readonly string[], number])[] = [
  ["web1", ["web1"], [], 0],
  ["web[1-3]", ["web1", "web2", "web3"], [], 0],
  ["web[1-3] and not web2", ["web1", "web3"], [], 0],
  ["ALL", ["web1", "web2", "db1"], [], QUIET_MS],
  ["web*", ["web1", "web2"], [], QUIET_MS],
  ["/^db/", ["db1"], [], QUIET_MS],
  ["os = linux", ["web1", "db1"], [], QUIET_MS],
  ["web* or web9", ["web1", "web2", "web9"], [], QUIET_MS],
  ["web[1-2] and os = linux", ["web1"], [], 0],
  ["web[1-3] and not os = linux", ["web2"], ["web3"], MAX_MS],
  ["web[1-3] and not web3 and os = linux", ["web1"], [], 0],
  ["web[1-3] or os = linux", ["web1", "web2", "web3", "db1"], [], QUIET_MS],
  ["web[2-3] xor os = linux", ["web1", "web2", "db1"], ["web3"], QUIET_MS],
  ["ALL and not web13", ["web1", "web2", "db1"], [], QUIET_MS],
  ["web[1-3] and os = linux", ["web1"], ["web3"], MAX_MS],
  ["nobody*", [], [], QUIET_MS],
];

for (const [text, nodes, unknown, ms] of ROWS) {
  Deno.test(`resolve finds ${nodes.join(",") || "nobody"} in "${text}"`, pure, async () => {
    await using fixture = await openWithAgents();
    const found = await meant(fixture, text);
    assert.deepEqual([...found.nodes].sort(), [...nodes].sort());
    assert.deepEqual(found.ms, ms);
    assert.deepEqual(found.unknown, unknown);
  });
}

Deno.test("resolve waits no longer for ALL than for those who are expected", pure, async () => {
  await using fixture = await openWithAgents();
  const { nodes, ms } = await meant(fixture, "ALL", ["web1", "db1"]);
  assert.deepEqual([...nodes].sort(), ["db1", "web1", "web2"]);
  assert.equal(ms, 0);
});

Deno.test(
  "resolve does not pass over those who were expected and have not come",
  pure,
  async () => {
    await using fixture = await openWithAgents();
    const all = await meant(fixture, "ALL", ["web1", "web9"]);
    assert.deepEqual([...all.nodes].sort(), ["db1", "web1", "web2", "web9"]);
    assert.equal(all.ms, MAX_MS);
    const some = await meant(fixture, "db*", ["web9", "db9"]);
    assert.deepEqual([...some.nodes].sort(), ["db1", "db9"]);
    const linux = await meant(fixture, "os = linux", ["db9"]);
    assert.deepEqual([[...linux.nodes].sort(), linux.unknown], [["db1", "web1"], ["db9"]]);
    const other = await meant(fixture, "ALL and not web9", ["web1", "web9"]);
    assert.deepEqual([[...other.nodes].sort(), other.unknown], [["db1", "web1", "web2"], []]);
  },
);

Deno.test("resolve tells globs that match nobody from those that do", pure, async () => {
  await using fixture = await openWithAgents();
  const { nodes, idle } = await meant(fixture, "web1,wbd*,/^d/!x*");
  assert.deepEqual([...nodes].sort(), ["db1", "web1"]);
  assert.deepEqual(idle, ["wbd*"]);
  assert.deepEqual((await meant(fixture, "web*")).idle, []);
});

Deno.test("resolve rejects when it is aborted", pure, async () => {
  await using fixture = await openWithAgents();
  const signal = AbortSignal.abort(new Error("enough"));
  const options = { maxMs: MAX_MS, clock: fixture.clock, signal };
  await assert.rejects(resolve(attendedBy(fixture), parseTarget("ALL"), options), /enough/);
});
