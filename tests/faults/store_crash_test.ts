/**
 * A process that writes to the hub's store is killed with SIGKILL at random moments. Whatever it was
 * promised is there afterwards, to the byte, and nothing belongs to nothing.
 *
 * NANOEXEC_LONG=500 makes it 500 rounds instead of 25.
 * @module
 */
import assert from "node:assert/strict";
import { concat } from "../../lib/base/bytes.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { type HubStore, openHubStore } from "../../lib/hub/store/hub_store.ts";
import { straysIn } from "../hub/store/store_model.ts";
import { inFastFolder } from "../support/fast_folder.ts";
import { NODES, outputOf, type Promised } from "../support/hub/killed_store.ts";

const ROUNDS = Number(Deno.env.get("NANOEXEC_LONG") ?? 25);
/** How long the writer lives at the longest after its first promise. */
const LIFE_MS = 60;

Deno.test({
  name: "the hub's store keeps what it promised when its process is killed",
  permissions: { read: true, write: true, run: true },
  timeout: 60_000 + ROUNDS * 4_000,
  fn: () =>
    inFastFolder(async (folder) => {
      const path = `${folder}/hub.db`;
      for (let round = 0; round < ROUNDS; round++) {
        const promises = await writeUntilKilled(path, `${round}`, LIFE_MS * round / ROUNDS);
        assert.ok(promises.length > 0);
        check(path, promises);
      }
    }),
});

/** What the writer was promised in its life, which ends `lifeMs` after it has begun to write. */
async function writeUntilKilled(path: string, round: string, lifeMs: number): Promise<Promised[]> {
  const script = new URL("../support/hub/killed_store.ts", import.meta.url).pathname;
  const flags = ["--quiet", "--cached-only", "--no-prompt", "--allow-read", "--allow-write"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, script, path, round],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (text === "") void systemClock.sleep(lifeMs).then(() => child.kill("SIGKILL"));
    text += part;
  }
  const { signal } = await child.status;
  assert.equal(signal, "SIGKILL");
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Promised);
}

function check(path: string, promises: readonly Promised[]): void {
  const { store, problem } = openHubStore({ path });
  assert.equal(problem, undefined);
  using _ = store;
  const removed = new Set<string>();
  for (const promised of promises) checkPromise(store, promised, removed);
  // What was over was to make room; the rest is all there.
  assert.ok([...removed].every((id) => endsOf(promises, id) === NODES.length), [...removed].join());
  for (const { id } of store.jobs.unfinished()) store.jobs.over(id, Date.now());
  store.flush();
  assert.equal(straysIn(path), 0);
}

function checkPromise({ jobs, hosts }: HubStore, promised: Promised, removed: Set<string>): void {
  const { what, id, node, received } = promised;
  if (!jobs.get(id)) return void removed.add(id);
  if (what === "add") {
    assert.deepEqual(jobs.hosts(id).map((host) => host.node), NODES);
    assert.equal(hosts.get(id)?.attachedSince, 1);
    return;
  }
  const host = jobs.host(id, node) ?? assert.fail(`${id} ${node} is missing`);
  const all = outputOf(id, node);
  const kept = concat([...jobs.output(id, node, "stdout")]);
  assert.ok(host.stdout.stored >= received && kept.length === host.stdout.stored);
  assert.deepEqual(kept, all.subarray(0, kept.length));
  if (what !== "end") return;
  const { state } = host;
  assert.ok(state.kind === "ended");
  assert.equal(kept.length, all.length);
  assert.equal(new TextDecoder().decode(state.envelope), `${id} ${node}`);
}

/** How many hosts of a job were promised to have ended. */
function endsOf(promises: readonly Promised[], id: string): number {
  return promises.filter((each) => each.id === id && each.what === "end").length;
}
