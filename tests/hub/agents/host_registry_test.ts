import assert from "node:assert/strict";
import type { AgentSession } from "../../../lib/hub/agents/agent_session.ts";
import { HostRegistry } from "../../../lib/hub/agents/host_registry.ts";
import type { AgentEvent } from "../../../lib/hub/agents/agent_listener.ts";
import { alice, bob } from "../../support/envelope_fixtures.ts";
import { fakeSession } from "../../support/hub/fake_session.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { inMemory } from "../store/store_fixture.ts";

function openBook() {
  const store = inMemory();
  const clock = new VirtualClock();
  const registry = new HostRegistry(store.hosts, clock);
  const told: string[] = [];
  registry.watch((name) => told.push(name));
  return { store, clock, registry, told, [Symbol.dispose]: () => store[Symbol.dispose]() };
}

/** The part of a session that a registry uses. */
function session(name: string, key = alice): AgentSession {
  return fakeSession(key.publicKey, { name }) as unknown as AgentSession;
}

function arrived(session: AgentSession): AgentEvent {
  return { kind: "arrived", session };
}

function left(session: AgentSession): AgentEvent {
  return { kind: "left", session, end: { kind: "ended" } };
}

Deno.test("HostBook knows who is there, since when, and by which key", async () => {
  using scene = openBook();
  const { registry, clock, store, told } = scene;
  const web1 = session("web1");
  await clock.advance(10);
  registry.recordEvent(arrived(web1));
  assert.equal(registry.get("web1")?.keyid, alice.publicKey.keyid);
  assert.equal(registry.get("web2"), undefined);
  assert.equal(store.hosts.get("web1")?.attachedSince, 10);
  await clock.advance(10);
  registry.recordEvent(left(web1));
  const { attachedSince, awaySince, firstSeen } = store.hosts.get("web1") ?? assert.fail();
  assert.deepEqual([attachedSince, awaySince, firstSeen], [undefined, 20, 10]);
  assert.deepEqual(told, ["web1", "web1"]);
});

Deno.test(
  "HostBook has a host attached whose older session ends after a newer one began",
  async () => {
    using scene = openBook();
    const { registry, clock, store } = scene;
    const [older, newer] = [session("web1"), session("web1")];
    registry.recordEvent(arrived(older));
    await clock.advance(10);
    registry.recordEvent(arrived(newer));
    await clock.advance(10);
    registry.recordEvent(left(older));
    assert.equal(store.hosts.get("web1")?.attachedSince, 10);
    registry.recordEvent(left(newer));
    assert.equal(store.hosts.get("web1")?.awaySince, 20);
  },
);

Deno.test(
  "HostBook finds nobody attached when the hub starts, and keys as they were",
  async () => {
    using scene = openBook();
    scene.registry.recordEvent(arrived(session("web1", bob)));
    await scene.clock.advance(10);
    const again = new HostRegistry(scene.store.hosts, scene.clock);
    assert.equal(scene.store.hosts.get("web1")?.awaySince, 10);
    assert.equal(again.get("web1")?.keyid, bob.publicKey.keyid);
  },
);

Deno.test("HostBook tells those who watch until they do not", () => {
  using scene = openBook();
  const told: string[] = [];
  const watching = scene.registry.watch((name) => told.push(name));
  scene.registry.recordEvent(arrived(session("web1")));
  watching[Symbol.dispose]();
  scene.registry.recordEvent(arrived(session("web2")));
  assert.deepEqual([told, scene.told], [["web1"], ["web1", "web2"]]);
});

Deno.test("HostBook tells who is there without being written down", () => {
  using store = inMemory({ maxHosts: 1 });
  const full: string[] = [];
  const registry = new HostRegistry(store.hosts, new VirtualClock(), (name) => full.push(name));
  const [web1, web2] = [session("web1"), session("web2")];
  for (const each of [web1, web2]) registry.recordEvent(arrived(each));
  assert.deepEqual(full, ["web2"]);
  registry.recordEvent(left(web2));
  registry.recordEvent(arrived(web1));
  assert.deepEqual(full, ["web2"]);
  assert.equal(registry.get("web2"), undefined);
});

Deno.test("HostRegistry knows an agent ten minutes after its first attach, by its key", async () => {
  using scene = openBook();
  const { registry, clock } = scene;
  const [web1, thief] = [session("web1"), session("web1", bob)];
  assert.equal(registry.isKnown(web1), false);
  registry.recordEvent(arrived(web1));
  await clock.advance(599_999);
  assert.equal(registry.isKnown(web1), false);
  await clock.advance(1);
  assert.deepEqual([registry.isKnown(web1), registry.isKnown(thief)], [true, false]);
});

Deno.test("HostRegistry records only so many new names of one address", () => {
  const names = new Set<string>();
  const store = {
    get: (name: string) => names.has(name) ? {} : undefined,
    recordAllDetached() {},
    recordAttached: ({ name }: { readonly name: string }) => Boolean(names.add(name)),
  };
  const full: string[] = [];
  const registry = new HostRegistry(
    store as unknown as ConstructorParameters<typeof HostRegistry>[0],
    new VirtualClock(),
    (name) => full.push(name),
  );
  const attach = (name: string, network: string) => {
    const part = { name, network, key: alice.publicKey, hello: { version: "1", facts: {} } };
    registry.recordEvent(arrived(part as unknown as AgentSession));
  };
  for (let count = 0; count < 65_537; count++) attach(`web${count}`, "10.0.0.66");
  attach("web0", "10.0.0.66");
  attach("other", "10.0.0.1");
  assert.deepEqual(full, ["web65536"]);
  assert.equal(names.size, 65_537);
});
