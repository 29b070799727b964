import assert from "node:assert/strict";
import { type AddressInfo, createServer, Socket } from "node:net";
import { nodeStream } from "../../../lib/sp/transports/node_socket.ts";

const options = { permissions: { net: ["127.0.0.1"] }, timeout: 10_000 };

Deno.test("nodeStream tells why a connection failed", options, async () => {
  await using pair = await connect();
  const failed = Promise.withResolvers<Error | undefined>();
  const stream = nodeStream(pair.near, "the peer");
  stream.attach({ data() {}, closed: failed.resolve });
  stream.resume();
  pair.far.resetAndDestroy();
  assert.match(String(await failed.promise), /ECONNRESET/);
  const late = Promise.withResolvers<Error | undefined>();
  stream.attach({ data() {}, closed: late.resolve });
  assert.equal(await late.promise, await failed.promise);
});

Deno.test("nodeStream survives writes after the end", options, async () => {
  await using pair = await connect();
  const over = Promise.withResolvers<Error | undefined>();
  const stream = nodeStream(pair.near, "the peer");
  stream.attach({ data() {}, closed: over.resolve });
  stream.destroy();
  await over.promise;
  stream.write(new Uint8Array(10));
  stream.end();
  stream.pause();
  stream.resume();
  await stream.flushed();
  assert.equal(stream.remote, "the peer");
});

/** Two sockets of Node's that are connected. */
async function connect(): Promise<AsyncDisposable & { near: Socket; far: Socket }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const near = new Socket();
  near.connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  const far = await accepted;
  return {
    near,
    far,
    async [Symbol.asyncDispose]() {
      near.destroy();
      far.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
