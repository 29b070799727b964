/**
 * A program that writes jobs into the hub's store at its first argument until it is killed. It
 * prints a line for each committed write: `killed_store.ts PATH ROUND`.
 * @module
 */
import { openHubStore } from "../../../lib/hub/store/hub_store.ts";
import { job } from "../../hub/store/store_fixture.ts";

/** The hosts of every job. */
export const NODES: readonly string[] = ["web1", "web2", "web3"];

/** The content of a line. */
export interface Promised {
  readonly what: "add" | "spool" | "end";
  readonly id: string;
  readonly node: string;
  /** How many bytes of the output were spooled. */
  readonly received: number;
}

const PARTS = 3;
const AT_ONCE = 4;

/** Returns the output of a host; two hosts of a job print the same. */
export function outputOf(id: string, node: string): Uint8Array<ArrayBuffer> {
  const line = node === "web3" ? `${id} here\n` : "everywhere the same\n";
  return new TextEncoder().encode(line.repeat(node === "web3" ? 8_000 : 20));
}

/** Returns the number of bytes that were spooled after `part` parts. */
function spooledBytes(output: Uint8Array, part: number): number {
  return Math.floor(output.length * part / (PARTS + 1));
}

function say(promised: Promised): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(promised)}\n`));
}

async function main([path = "", round = ""]: readonly string[]): Promise<void> {
  const { store: { jobs, hosts } } = openHubStore({ path, keepBytes: 3_000_000 });

  async function runHost(id: string, node: string): Promise<void> {
    const output = outputOf(id, node);
    jobs.advance(id, node, "started", 2);
    for (let part = 1; part <= PARTS; part++) {
      const received = spooledBytes(output, part);
      const bytes = output.subarray(spooledBytes(output, part - 1), received);
      const chunks = [{ stream: "stdout" as const, bytes }];
      await jobs.spool(id, node, { received, stdout: received, stderr: 0, chunks });
      say({ what: "spool", id, node, received });
    }
    const rest = [output.subarray(spooledBytes(output, PARTS))];
    await jobs.end(id, node, {
      state: { kind: "ended", at: 3, envelope: new TextEncoder().encode(`${id} ${node}`) },
      stdout: { total: output.length, rest },
      stderr: { total: 0, rest: [] },
    });
    say({ what: "end", id, node, received: output.length });
  }

  async function runJobs(lane: number): Promise<void> {
    for (let number = 0;; number++) {
      const id = `${round}-${lane}-${number}`;
      hosts.recordAttached({ name: id, key: "AAAA", version: "0", facts: {} }, 1);
      await jobs.add(job(id), NODES);
      say({ what: "add", id, node: "", received: 0 });
      await Promise.all(NODES.map((node) => runHost(id, node)));
      jobs.over(id, Date.now());
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => runJobs(lane)));
}

if (import.meta.main) await main(Deno.args);
