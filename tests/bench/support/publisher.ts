/**
 * `Pub` as the sending end of a fan-out benchmark; `nanomsg_pub.c` is the same with libnanomsg.
 *
 *     deno run --allow-net tests/bench/support/publisher.ts PORT SIZE
 *
 * Listens on tcp://127.0.0.1:PORT. For every line on stdin publishes one message of SIZE bytes,
 * beginning with the time of sending, and prints how many nanoseconds the call took.
 * @module
 */
import { listen, Pub, tcp } from "../../../lib/sp/mod.ts";

const [port, size] = Deno.args.map(Number);
const pub = new Pub();
await using _listener = await listen(`tcp://127.0.0.1:${port}`, {
  patterns: [pub],
  transports: [tcp],
});
const body = new Uint8Array(size ?? 0);
const stamp = new DataView(body.buffer);
console.log("listening");
for await (const chunk of Deno.stdin.readable) {
  for (const byte of chunk) {
    if (byte === 0x0a) console.log(publish());
  }
}

function publish(): number {
  const began = now();
  stamp.setBigUint64(0, BigInt(Math.round(began * 1e6)));
  pub.publish(body);
  return Math.round((now() - began) * 1e6);
}

/** Milliseconds since 1970, with the resolution of `performance.now()`. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
