import assert from "node:assert/strict";
import { FrameError } from "../../../lib/sp/wire/errors.ts";
import { encodeFrame } from "../../../lib/sp/wire/framing.ts";
import { ipc } from "../../../lib/sp/transports/ipc.ts";
import { listen } from "../../../lib/sp/endpoints/listener.ts";
import { PROTOCOL } from "../../../lib/sp/wire/protocol.ts";
import { Sub } from "../../../lib/sp/patterns/pubsub.ts";
import { EndpointEventLog } from "../../support/sp/endpoint_event_log.ts";
import { headerOf, hex, rawDial, rawListen } from "../../support/sp/raw_peer.ts";
import {
  type TransportAddress,
  transportConformance,
} from "../../support/sp/transport_conformance.ts";
import { IPC } from "../../support/sp/transports_under_test.ts";

const options = { permissions: IPC.permissions, timeout: 10_000 };

transportConformance(IPC);

Deno.test("ipc cuts off a peer at a type byte other than 1", options, async () => {
  await using place = await IPC.open();
  const log = new EndpointEventLog();
  const settings = { patterns: [new Sub()], transports: [ipc], onEvent: log.onEvent };
  await using listener = await listen(place.url, settings);
  for (const type of ["00", "02", "ff"]) {
    await using peer = await rawDial(listener.url, ipc);
    peer.send(headerOf(PROTOCOL.pub), encodeFrame("ipc", hex("68 69")), type);
    const { end } = await log.next("detached");
    assert.ok(end.kind === "failed" && end.error instanceof FrameError, type);
    await peer.readToEnd();
  }
});

Deno.test("ipc removes its file when it stops listening", options, async () => {
  await using place = await IPC.open();
  const listener = await rawListen(place.url, ipc);
  assert.equal((await Deno.lstat(pathOf(place))).isSocket, true);
  await listener[Symbol.asyncDispose]();
  await assert.rejects(Deno.lstat(pathOf(place)), Deno.errors.NotFound);
});

Deno.test("ipc takes over the file that a killed listener left behind", options, async () => {
  await using place = await IPC.open();
  using killed = Deno.listen({ transport: "unix", path: `${pathOf(place)}.other` });
  await Deno.rename(`${pathOf(place)}.other`, pathOf(place));
  killed.close();
  await using listener = await rawListen(place.url, ipc);
  await using near = await rawDial(listener.url, ipc);
  near.send("01");
  await (await listener.accept()).read(1);
});

Deno.test("ipc leaves a path alone on which somebody listens", options, async () => {
  await using place = await IPC.open();
  using other = Deno.listen({ transport: "unix", path: pathOf(place) });
  const message = `cannot listen on ${place.url}: the address is in use`;
  await assert.rejects(rawListen(place.url, ipc), { message, code: "EADDRINUSE" });
  (await other.accept()).close();
  await using _near = await rawDial(place.url, ipc);
  (await other.accept()).close();
});

Deno.test("ipc leaves a file that is no socket as it is", options, async () => {
  await using place = await IPC.open();
  await Deno.writeTextFile(pathOf(place), "precious");
  await assert.rejects(rawListen(place.url, ipc), { code: "EADDRINUSE" });
  await assert.rejects(rawDial(place.url, ipc), { code: "ECONNREFUSED" });
  assert.equal(await Deno.readTextFile(pathOf(place)), "precious");
});

Deno.test("ipc says in one line what is wrong with a path", options, async () => {
  await using place = await IPC.open();
  const url = `${place.url}/below/a/missing/folder`;
  const reason = "no such file or directory";
  await assert.rejects(rawListen(url, ipc), { message: `cannot listen on ${url}: ${reason}` });
  await assert.rejects(rawDial(url, ipc), { message: `cannot reach ${url}: ${reason}` });
});

Deno.test("ipc says in one line which permission is missing", async () => {
  for (const attempt of [rawListen("ipc:///tmp/x", ipc), rawDial("ipc:///tmp/x", ipc)]) {
    const message = /^cannot (listen on|reach) ipc:\/\/\/tmp\/x: Requires .* access to .* flag$/;
    await assert.rejects(attempt, { name: "TransportError", message });
  }
});

Deno.test("ipc takes a path of 107 bytes, the most that the kernel takes", options, async () => {
  await using place = await IPC.open();
  const folder = pathOf(place).replace(/queue$/, "");
  await using _listener = await rawListen(`ipc://${folder.padEnd(107, "x")}`, ipc);
});

function pathOf({ url }: TransportAddress): string {
  return url.slice("ipc://".length);
}
