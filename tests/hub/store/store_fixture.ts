/**
 * Stores and their contents.
 * @module
 */
import {
  type HubStore,
  type HubStoreOptions,
  openHubStore,
} from "../../../lib/hub/store/hub_store.ts";
import type { JobHostEnd, JobRecord } from "../../../lib/hub/store/job_record.ts";

/** A store without a file. */
export function inMemory(options: Partial<HubStoreOptions> = {}): HubStore {
  return openHubStore({ path: ":memory:", ...options }).store;
}

/** A job with the id `id`. */
export function job(id: string, change: Partial<JobRecord> = {}): JobRecord {
  return {
    id,
    digest: `digest of ${id}`,
    message: Uint8Array.of(1, 2, 3),
    by: "alice",
    target: "web[1-2]",
    summary: "uptime",
    submitted: 1_000,
    deliverUntil: 2_000,
    runMs: 3_000,
    held: false,
    ...change,
  };
}

/** Returns a successful end of a host, with `stdout` beyond the spooled bytes. */
export function ended(
  stdout: string | Uint8Array = "",
  change: Partial<JobHostEnd> = {},
): JobHostEnd {
  const rest = typeof stdout === "string" ? new TextEncoder().encode(stdout) : stdout;
  return {
    state: { kind: "ended", envelope: Uint8Array.of(9), at: 1_500 },
    outcome: { kind: "exited", code: 0 },
    stdout: { total: rest.length, rest: [rest] },
    stderr: { total: 0, rest: [] },
    ...change,
  };
}

/** Returns the bytes of an iterable as text. */
export function textOf(chunks: Iterable<Uint8Array>): string {
  const decoder = new TextDecoder();
  return [...chunks].map((chunk) => decoder.decode(chunk, { stream: true })).join("");
}
