/**
 * How many frames per second one pipe sends and receives over tcp on loopback. Each iteration moves
 * 64 MB, or a quarter of a million frames; frames per second are the number in the name times the
 * iterations per second.
 *
 *     deno task bench tests/bench/frames_bench.ts
 * @module
 */
import { Worker } from "node:worker_threads";
import { listen } from "../../lib/sp/endpoints/listener.ts";
import { encodeFrame } from "../../lib/sp/wire/framing.ts";
import type { Pattern } from "../../lib/sp/patterns/pattern.ts";
import type { Pipe } from "../../lib/sp/wire/pipe.ts";
import { tcp } from "../../lib/sp/transports/tcp.ts";
import type { PeerOrder } from "./support/frames_peer.ts";

const SIZES = [64, 4_096, 65_536];
const MOST_BYTES = 64_000_000;
const MOST_FRAMES = 250_000;
const SUB = 0x21;

for (const size of SIZES) {
  const count = Math.min(MOST_FRAMES, Math.round(MOST_BYTES / size));
  const settings = { group: `frames of ${size} B`, n: 5, warmup: 2 };

  Deno.bench({
    name: `in: ${count} × ${size} B`,
    ...settings,
    baseline: true,
    async fn(b) {
      await using link = await connect();
      const perWrite = Math.max(1, Math.floor(131_072 / size));
      const bytes = repeat(encodeFrame("tcp", new Uint8Array(size)), perWrite);
      const times = Math.ceil(count / perWrite);
      b.start();
      link.order({ kind: "write", bytes, times });
      await link.received(times * perWrite);
      b.end();
    },
  });

  Deno.bench({
    name: `out: ${count} × ${size} B`,
    ...settings,
    async fn(b) {
      await using link = await connect();
      const body = new Uint8Array(size);
      b.start();
      link.order({ kind: "read", count: count * (8 + size) });
      for (let sent = 0; sent < count;) {
        if (link.pipe.send(body)) sent++;
        else await link.pipe.flushed();
      }
      await link.answer();
      b.end();
    },
  });
}

interface Link extends AsyncDisposable {
  readonly pipe: Pipe;
  order(order: PeerOrder): void;
  /** The next message of the worker. */
  answer(): Promise<void>;
  /** Resolves when so many messages have come. */
  received(count: number): Promise<void>;
}

/** A listener whose one peer is a worker. */
async function connect(): Promise<Link> {
  let wanted = Infinity;
  let taken = 0;
  const reached = Promise.withResolvers<void>();
  const attached = Promise.withResolvers<Pipe>();
  const pattern: Pattern = {
    role: "pub",
    attach(pipe) {
      pipe.start({ message: () => ++taken === wanted && reached.resolve(), detached() {} });
      attached.resolve(pipe);
    },
  };
  const listener = await listen("tcp://127.0.0.1:0", { patterns: [pattern], transports: [tcp] });
  const worker = new Worker(new URL("./support/frames_peer.ts", import.meta.url));
  const answer = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.once("message", () => resolve());
    return promise;
  };
  const order = (what: PeerOrder) => worker.postMessage(what);
  order({ kind: "connect", port: Number(new URL(listener.url).port), id: SUB });
  await answer();
  return {
    pipe: await attached.promise,
    order,
    answer,
    async received(count) {
      wanted = count;
      if (taken < count) await reached.promise;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
      await listener.close();
    },
  };
}

function repeat(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times);
  for (let count = 0; count < times; count++) all.set(bytes, count * bytes.length);
  return all;
}
