/**
 * What the hub's store costs for a job of 10,000 hosts. Goal: `add` in well under a second.
 *
 *     deno task bench tests/bench/store_bench.ts
 *
 * @module
 */
import assert from "node:assert/strict";
import { newRequestId } from "../../lib/envelope/statements/body_fields.ts";
import { type HubStore, openHubStore } from "../../lib/hub/store/hub_store.ts";
import { ended, job } from "../hub/store/store_fixture.ts";

const HOSTS = 10_000;
const ROUNDS = 5;
const MAX_ADD_MS = 1_000;
/** As long as a signed result is. */
const RESULT = new Uint8Array(1_200);
const nodes = Array.from({ length: HOSTS }, (_, index) => `web${index}.example.com`);
const bodies = [1, 2, 3].map((value) => new Uint8Array(1_024).fill(value));

for (const place of ["memory", "a file"]) {
  const folder = place === "a file" ? Deno.makeTempDirSync() : undefined;
  const { store } = openHubStore({ path: folder ? `${folder}/hub.db` : ":memory:" });
  globalThis.addEventListener("unload", () => {
    store[Symbol.dispose]();
    if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
  });
  benchJobs(place, store);
}

function benchJobs(place: string, store: HubStore): void {
  const options = { group: place, n: ROUNDS, warmup: 0 };
  const ids: string[] = [];
  let reads = 0;

  Deno.bench(`add ${HOSTS} hosts in ${place}`, options, async () => {
    const id = newRequestId();
    const began = performance.now();
    await store.jobs.add(job(id), nodes);
    assert.ok(performance.now() - began <= MAX_ADD_MS);
    ids.push(id);
  });

  Deno.bench(`advance all of them twice in ${place}`, options, () => {
    for (const kind of ["delivered", "started"] as const) {
      for (const node of nodes) store.jobs.advance(ids[0] ?? "", node, kind, 1);
    }
    store.flush();
  });

  Deno.bench(`end all of them with three outputs of 1 KiB in ${place}`, options, async () => {
    const id = ids.shift() ?? assert.fail("one job for each round");
    await Promise.all(
      nodes.map((node, index) =>
        store.jobs.end(
          id,
          node,
          ended(bodies[index % 3], {
            state: { kind: "ended", envelope: RESULT, at: 1_500 },
          }),
        )
      ),
    );
    ids.push(id);
  });

  Deno.bench(`hosts() in ${place}`, options, () => {
    assert.equal(store.jobs.hosts(ids[reads++ % ids.length] ?? "").length, HOSTS);
  });

  Deno.bench(`counts() in ${place}`, options, () => {
    assert.deepEqual(store.jobs.tally(ids[0] ?? "").map(({ hosts }) => hosts), [HOSTS]);
  });

  Deno.bench(`a durable write by itself in ${place}`, { group: place }, async () => {
    await store.jobs.add(job(newRequestId()), ["web1"]);
  });
}
