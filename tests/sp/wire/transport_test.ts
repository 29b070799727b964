import assert from "node:assert/strict";
import { AddressError } from "../../../lib/sp/wire/errors.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { ipc } from "../../../lib/sp/transports/ipc.ts";
import { tcp } from "../../../lib/sp/transports/tcp.ts";
import { resolveTransport } from "../../../lib/sp/wire/transport.ts";

const ALL = [tcp, ipc, inproc()];

Deno.test("locate finds the transport and the address behind it", () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ["tcp://*:4444", "tcp", "*:4444"],
    ["ipc:///run/queue", "ipc", "/run/queue"],
    ["inproc://a://b", "inproc", "a://b"],
    ["inproc://", "inproc", ""],
  ];
  for (const [url, scheme, address] of rows) {
    const located = resolveTransport(url, ALL);
    assert.equal(located.transport.scheme, scheme);
    assert.equal(located.address, address);
  }
});

Deno.test("locate says what is wrong with a URL", () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["", /^cannot use URL "": it has no ":\/\/"/],
    ["localhost:4444", /it has no ":\/\/", as in tcp:\/\//],
    ["http://host:80", /"http" is not one of tcp:\/\/, ipc:\/\/, inproc:\/\/$/],
    ["TCP://host:80", /"TCP" is not one of/],
    ["://host:80", /"" is not one of/],
  ];
  for (const [url, message] of rows) {
    assert.throws(() => resolveTransport(url, ALL), { name: "AddressError", message, url });
    assert.throws(() => resolveTransport(url, ALL), AddressError);
  }
});
