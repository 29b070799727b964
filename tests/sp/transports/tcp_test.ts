import assert from "node:assert/strict";
import { AddressError } from "../../../lib/sp/wire/errors.ts";
import { tcp } from "../../../lib/sp/transports/tcp.ts";
import { rawDial, rawListen } from "../../support/sp/raw_peer.ts";
import { transportConformance } from "../../support/sp/transport_conformance.ts";
import { TCP } from "../../support/sp/transports_under_test.ts";

const loopback = { permissions: TCP.permissions, timeout: 10_000 };

transportConformance(TCP);

Deno.test("tcp listens on port 0 and says which port it got", loopback, async () => {
  await using listener = await rawListen("tcp://127.0.0.1:0", tcp);
  assert.match(listener.url, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
});

Deno.test("tcp * is reachable over IPv4 and IPv6", {
  permissions: { net: true },
  timeout: 10_000,
}, async () => {
  await using listener = await rawListen("tcp://*:0", tcp);
  assert.match(listener.url, /^tcp:\/\/\*:[1-9]\d*$/);
  for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
    await using near = await rawDial(listener.url.replace("*", host), tcp);
    await using far = await listener.accept();
    near.send("01");
    await far.read(1);
    assert.match(far.stream.remote, host === "[::1]" ? /^tcp:..\[::1\]:\d+$/ : /^tcp:..127\.0/);
  }
});

Deno.test("tcp listens on one IPv6 address", {
  permissions: { net: ["[::1]"] },
  timeout: 10_000,
}, async () => {
  await using listener = await rawListen("tcp://[::1]:0", tcp);
  assert.match(listener.url, /^tcp:\/\/\[::1\]:[1-9]\d*$/);
  await using _near = await rawDial(listener.url, tcp);
});

Deno.test("tcp listens on a name", {
  permissions: { net: ["localhost", "127.0.0.1", "[::1]"] },
  timeout: 10_000,
}, async () => {
  await using listener = await rawListen("tcp://localhost:0", tcp);
  await using _near = await rawDial(listener.url, tcp);
});

Deno.test("tcp cannot dial what can only be listened on", () => {
  assert.throws(() => tcp.check("*:4444"), AddressError);
  assert.throws(() => tcp.check("host:0"), AddressError);
  for (const address of ["host:1", "my-host_1.example.com:65535", "[fe80::1%eth0]:4444"]) {
    tcp.check(address);
  }
});

Deno.test("tcp says in one line what is wrong with a name that is unknown", {
  permissions: { net: true },
  timeout: 10_000,
}, async () => {
  const message = "cannot reach tcp://nobody.invalid:4444: host name not found";
  await assert.rejects(rawDial("tcp://nobody.invalid:4444", tcp), { message });
  await assert.rejects(rawListen("tcp://nobody.invalid:4444", tcp), {
    message: message.replace("reach", "listen on"),
  });
});

Deno.test("tcp says in one line which permission is missing", async () => {
  const rows: readonly (readonly [Promise<unknown>, RegExp])[] = [
    [rawListen("tcp://127.0.0.1:0", tcp), /^cannot listen on tcp:.*--allow-net=127\.0\.0\.1:0$/],
    [rawListen("tcp://*:4444", tcp), /^cannot listen on tcp:.*--allow-net=\[::\]:4444$/],
    [rawListen("tcp://master.example.com:0", tcp), /^cannot listen on .*: permission denied$/],
    [rawDial("tcp://127.0.0.1:1", tcp), /^cannot reach tcp:.*"127\.0\.0\.1:1".*--allow-net flag$/],
    [rawDial("tcp://master.example.com:1", tcp), /^cannot reach tcp:.*: permission denied$/],
  ];
  for (const [attempt, message] of rows) {
    await assert.rejects(attempt, { name: "TransportError", message });
  }
});
