/**
 * Tests the table of hosts.
 * @module
 */
import assert from "node:assert/strict";
import { openHubStore } from "../../../lib/hub/store/hub_store.ts";
import { inFastFolder } from "../../support/fast_folder.ts";
import { SettableClock } from "../../support/settable_clock.ts";
import { inMemory, job } from "./store_fixture.ts";

const permissions = "none";
const DAY = 86_400_000;
const web1 = { name: "web1", key: "AAAA", version: "1.0", facts: { os: "linux", rack: "4" } };

Deno.test("HostTable knows since when a host is attached or away", { permissions }, () => {
  using store = inMemory();
  const { hosts } = store;
  hosts.recordAttached(web1, 10);
  assert.deepEqual(hosts.get("web1"), { ...web1, firstSeen: 10, attachedSince: 10 });
  hosts.recordDetached("web1", 20);
  assert.deepEqual(hosts.get("web1"), { ...web1, firstSeen: 10, awaySince: 20 });
  hosts.recordDetached("web1", 21);
  assert.equal(hosts.get("web1")?.awaySince, 20);
  const newer = { ...web1, version: "2.0", facts: { os: "linux" } };
  hosts.recordAttached(newer, 30);
  assert.deepEqual(hosts.get("web1"), { ...newer, firstSeen: 10, attachedSince: 30 });
});

Deno.test("HostTable gives all hosts by name, and none that never came", { permissions }, () => {
  using store = inMemory();
  store.hosts.recordAttached({ ...web1, name: "web2" }, 1);
  store.hosts.recordAttached(web1, 2);
  store.hosts.recordDetached("web3", 3);
  assert.deepEqual(store.hosts.all().map(({ name }) => name), ["web1", "web2"]);
  assert.equal(store.hosts.get("web3"), undefined);
});

Deno.test("HostTable.arrived() leaves a known name to its key", { permissions }, () => {
  using store = inMemory();
  store.hosts.recordAttached(web1, 1);
  store.hosts.recordAttached({ ...web1, key: "BBBB" }, 2);
  assert.equal(store.hosts.get("web1")?.key, "AAAA");
  store.hosts.forget(["web1"]);
  store.hosts.recordAttached({ ...web1, key: "BBBB" }, 3);
  assert.deepEqual(store.hosts.get("web1"), {
    ...web1,
    key: "BBBB",
    firstSeen: 3,
    attachedSince: 3,
  });
});

Deno.test("HostTable.nobodyAttached() leaves those alone who were away before", {
  permissions,
}, () => {
  using store = inMemory();
  store.hosts.recordAttached(web1, 1);
  store.hosts.recordAttached({ ...web1, name: "web2" }, 1);
  store.hosts.recordDetached("web2", 2);
  store.hosts.recordAllDetached(5);
  assert.deepEqual(
    store.hosts.all().map(({ attachedSince, awaySince }) => [attachedSince, awaySince]),
    [
      [undefined, 5],
      [undefined, 2],
    ],
  );
});

Deno.test("HostTable.forget() is written when it returns", {
  permissions: { read: true, write: true },
}, async () => {
  await inFastFolder((folder) => {
    const path = `${folder}/hub.db`;
    using store = openHubStore({ path }).store;
    store.hosts.recordAttached(web1, 1);
    store.hosts.recordAttached({ ...web1, name: "it's" }, 1);
    store.hosts.recordAttached({ ...web1, name: "web2" }, 1);
    store.hosts.forget(["web1", "it's", "never"]);
    using other = openHubStore({ path }).store;
    assert.deepEqual(other.hosts.all().map(({ name }) => name), ["web2"]);
  });
});

Deno.test("HostTable.arrived() writes so many names down and no more", { permissions }, () => {
  using store = inMemory({ maxHosts: 2 });
  const { hosts } = store;
  const come = (name: string, at: number) => hosts.recordAttached({ ...web1, name }, at);
  assert.deepEqual([come("web1", 1), come("web2", 1), come("web3", 1)], [true, true, false]);
  assert.equal(hosts.get("web3"), undefined);
  hosts.recordDetached("web1", 2);
  assert.equal(come("web1", 3), true);
  assert.equal(hosts.get("web1")?.attachedSince, 3);
  hosts.forget(["web2"]);
  assert.deepEqual([come("web3", 4), come("web2", 4)], [true, false]);
});

Deno.test("HostTable counts the hosts that were there before", {
  permissions: { read: true, write: true },
}, async () => {
  await inFastFolder((folder) => {
    const path = `${folder}/hub.db`;
    {
      using store = openHubStore({ path }).store;
      store.hosts.recordAttached(web1, 1);
    }
    using store = openHubStore({ path, maxHosts: 1 }).store;
    assert.equal(store.hosts.recordAttached({ ...web1, name: "web2" }, 2), false);
    assert.equal(store.hosts.recordAttached(web1, 2), true);
  });
});

Deno.test("prune() forgets hosts that were asked nothing and are away for a month", {
  permissions,
}, () => {
  const clock = new SettableClock();
  using store = inMemory({ clock, maxHosts: 4 });
  const { hosts } = store;
  const names = ["asked", "away", "back", "there"];
  for (const name of names) hosts.recordAttached({ ...web1, name }, clock.now());
  void store.jobs.add(job("a"), ["asked"]);
  for (const name of ["asked", "away", "back"]) hosts.recordDetached(name, clock.now());
  clock.advance(30 * DAY);
  store.prune();
  assert.deepEqual(hosts.all().map(({ name }) => name), names);
  clock.advance(1);
  hosts.recordAttached({ ...web1, name: "back" }, clock.now());
  store.prune();
  assert.deepEqual(hosts.all().map(({ name }) => name), ["asked", "back", "there"]);
  assert.equal(hosts.recordAttached({ ...web1, name: "new" }, clock.now()), true);
});

Deno.test("HostTable records only so many bytes of facts", { permissions }, () => {
  using store = inMemory({ maxFactsBytes: 50 });
  const { hosts } = store;
  const attach = (name: string, value: string) =>
    hosts.recordAttached({ ...web1, name, facts: { a: value } }, 1);
  assert.deepEqual([attach("web1", "x".repeat(30)), attach("web2", "x".repeat(30))], [true, false]);
  assert.equal(attach("web1", "x".repeat(50)), false);
  assert.deepEqual([attach("web1", ""), attach("web2", "x".repeat(30))], [true, true]);
  hosts.forget(["web2"]);
  assert.equal(attach("web1", "x".repeat(42)), true);
});
