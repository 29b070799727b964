/**
 * What it costs to remember requests. Goals: 100,000 live ids in at most 50 MB of the agent's memory,
 * and one of them found within 50 µs, in a file as well as in memory.
 *
 *     deno bench --allow-all tests/bench/journal_bench.ts    (Deno opens /dev/shm to nothing less)
 *
 * @module
 */

import assert from "node:assert/strict";
import { Journal } from "../../lib/agent/records/journal.ts";
import { newRequestId } from "../../lib/envelope/statements/body_fields.ts";
import type { FullJournal } from "./support/full_journal.ts";

const LIVE = 100_000;
const MAX_BYTES = 50 * 1024 * 1024;
const MAX_LOOKUP_MS = 0.05;

for (const place of ["a file", "memory"]) {
  const folder = place === "a file" ? Deno.makeTempDirSync({ dir: "/dev/shm" }) : undefined;
  const path = folder === undefined ? ":memory:" : `${folder}/journal.db`;
  const journal = new Journal({ path, capacity: LIVE });
  const ids = Array.from({ length: 10_000 }, newRequestId);
  for (const id of ids) journal.accept(request(id));
  globalThis.addEventListener("unload", () => {
    journal[Symbol.dispose]();
    if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
  });

  Deno.bench(`accept in ${place}`, { group: place, n: 1_000 }, () => {
    assert.equal(journal.accept(request(newRequestId())).kind, "new");
  });

  Deno.bench(`digestOf a known id in ${place}`, { group: place, baseline: true }, () => {
    assert.notEqual(journal.digestOf(ids[Math.floor(Math.random() * ids.length)] ?? ""), undefined);
  });

  Deno.bench(`digestOf an unknown id in ${place}`, { group: place }, () => {
    assert.equal(journal.digestOf(newRequestId()), undefined);
  });

  Deno.bench(`the goals in ${place}`, { n: 1, warmup: 0 }, async () => {
    const { bytes, lookupMs } = await fullJournal(folder === undefined ? path : `${path}.full`);
    const [megabytes, micros] = [bytes / 1024 ** 2, lookupMs * 1_000];
    console.log(
      `${LIVE} ids in ${place}: ${megabytes.toFixed(1)} MB, look-up ${
        micros.toFixed(1)
      } µs (median)`,
    );
    assert.ok(bytes <= MAX_BYTES && lookupMs <= MAX_LOOKUP_MS);
  });
}

async function fullJournal(path: string): Promise<FullJournal> {
  const program = new URL("./support/full_journal.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-all", program, path, `${LIVE}`],
    stderr: "inherit",
  }).output();
  await Deno.remove(path).catch(() => {});
  return JSON.parse(new TextDecoder().decode(stdout));
}

function request(id: string): Parameters<Journal["accept"]>[0] {
  const issued = Date.now();
  return { id, digest: "d".repeat(64), issued, expires: issued + 86_400_000 };
}
