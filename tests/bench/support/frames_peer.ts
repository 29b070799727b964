/**
 * The other end of `frames_bench.ts`, in a worker with a core of its own: plain `Deno.connect`,
 * bytes as fast as they go.
 * @module
 */
import { parentPort } from "node:worker_threads";

/** What the worker is told. */
export type PeerOrder =
  /** Connects as the role with this protocol id, then says `true`. */
  | { readonly kind: "connect"; readonly port: number; readonly id: number }
  /** Writes `bytes` so many times. */
  | { readonly kind: "write"; readonly bytes: Uint8Array; readonly times: number }
  /** Reads so many bytes, then says `true`. */
  | { readonly kind: "read"; readonly count: number };

let conn: Deno.TcpConn | undefined;

parentPort?.on("message", (order: PeerOrder) => void obey(order));

async function obey(order: PeerOrder): Promise<void> {
  switch (order.kind) {
    case "connect":
      conn?.close();
      conn = await Deno.connect({ hostname: "127.0.0.1", port: order.port });
      await write(Uint8Array.of(0, 0x53, 0x50, 0, 0, order.id, 0, 0));
      await read(8);
      return parentPort?.postMessage(true);
    case "write":
      for (let count = 0; count < order.times; count++) await write(order.bytes);
      return;
    case "read":
      await read(order.count);
      return parentPort?.postMessage(true);
    default:
      order satisfies never;
  }
}

async function write(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn?.write(bytes.subarray(at)) ?? 0;
}

async function read(count: number): Promise<void> {
  const buffer = new Uint8Array(262_144);
  for (let left = count; left > 0;) {
    left -= await conn?.read(buffer.subarray(0, Math.min(left, buffer.length))) ?? left;
  }
}
