import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { PROTOCOL } from "../../../lib/sp/wire/protocol.ts";
import { systemCode, transportError } from "../../../lib/sp/transports/node_socket.ts";
import { tcp } from "../../../lib/sp/transports/tcp.ts";
import { headerOf, rawDial, type RawPeer } from "../../support/sp/raw_peer.ts";

const PROGRAM = fileURLToPath(new URL("../../support/sp/starved_listener.ts", import.meta.url));

Deno.test("transportError says in words what the system says in codes", () => {
  const cause = Object.assign(new Error("bind EADDRINUSE 0.0.0.0:4444"), { code: "EADDRINUSE" });
  const error = transportError("cannot listen on tcp://*:4444", cause);
  assert.equal(error.message, "cannot listen on tcp://*:4444: the address is in use");
  assert.equal(error.code, "EADDRINUSE");
  assert.equal(error.cause, cause);
});

Deno.test("transportError keeps the words of an error whose code it does not know", () => {
  const odd = Object.assign(new Error("disk on fire"), { code: "EFIRE" });
  assert.equal(transportError("cannot dial", odd).message, "cannot dial: disk on fire");
  assert.equal(transportError("cannot dial", "no idea").message, "cannot dial: no idea");
  assert.equal(systemCode("no idea"), "");
});

Deno.test("listenSocket takes connections again after it ran out of file descriptors", {
  permissions: { net: ["127.0.0.1"], read: true, run: ["sh"] },
  timeout: 30_000,
}, async () => {
  await using program = await starve("tcp://127.0.0.1:0");
  const crowd = await Promise.all(Array.from({ length: 100 }, () => greet(program.url)));
  await Promise.race(crowd.map((peer) => peer.read(8)));
  await Promise.all(crowd.map((peer) => peer[Symbol.asyncDispose]()));

  await using late = await greet(program.url);
  assert.deepEqual(await late.read(8), headerOf(PROTOCOL.pub));
});

/** A subscriber that has sent its header. */
async function greet(url: string): Promise<RawPeer> {
  const peer = await rawDial(url, tcp);
  peer.send(headerOf(PROTOCOL.sub));
  return peer;
}

/** Runs a listener that may have 64 files open. */
async function starve(url: string): Promise<AsyncDisposable & { readonly url: string }> {
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `ulimit -n 64; exec "$0" run -A --no-check "$1" "$2"`,
      Deno.execPath(),
      PROGRAM,
      url,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  const { value = "" } = await lines.next();
  return {
    url: value.trim(),
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await lines.return?.();
      await child.status;
    },
  };
}
