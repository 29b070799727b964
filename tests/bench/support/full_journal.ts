/**
 * Fills a journal and prints what that took, as JSON: `full_journal.ts PATH COUNT`. A process of its
 * own, so that nothing else counts.
 * @module
 */

import { Journal } from "../../../lib/agent/records/journal.ts";
import { newRequestId } from "../../../lib/envelope/statements/body_fields.ts";

/** What a full journal costs. */
export interface FullJournal {
  /** How much memory the process has taken for it, in bytes. */
  readonly bytes: number;
  /** The median time to find an id, in milliseconds. */
  readonly lookupMs: number;
}

if (import.meta.main) {
  const [path = ":memory:", count = "100000"] = Deno.args;
  console.log(JSON.stringify(measure(path, Number(count))));
}

function measure(path: string, count: number): FullJournal {
  warmUp(count);
  const before = Deno.memoryUsage().rss;
  using journal = new Journal({ path, capacity: count });
  const some: string[] = [];
  for (let n = 0; n < count; n++) {
    const id = newRequestId();
    if (n % 50 === 0) some.push(id);
    accept(journal, id);
  }
  return { bytes: Deno.memoryUsage().rss - before, lookupMs: medianLookup(journal, some) };
}

/** The runtime takes memory for the work itself, whether or not something is remembered. */
function warmUp(count: number): void {
  using full = new Journal({ path: ":memory:", capacity: 1_000 });
  for (let n = 0; n < 2 * count; n++) accept(full, newRequestId());
}

function accept(journal: Journal, id: string): void {
  const issued = Date.now();
  journal.accept({ id, digest: "d".repeat(64), issued, expires: issued + 86_400_000 });
}

function medianLookup(journal: Journal, ids: readonly string[]): number {
  const times = ids.map((id) => {
    const begin = performance.now();
    journal.digestOf(id);
    return performance.now() - begin;
  });
  return times.sort((a, b) => a - b)[times.length >> 1] ?? Infinity;
}
