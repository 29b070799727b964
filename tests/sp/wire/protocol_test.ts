import assert from "node:assert/strict";
import { peerOf, PROTOCOL, protocolName, type Role } from "../../../lib/sp/wire/protocol.ts";

const ROLES: readonly (readonly [Role, number, number])[] = [
  ["pub", 0x20, 0x21],
  ["sub", 0x21, 0x20],
  ["surveyor", 0x62, 0x63],
  ["respondent", 0x63, 0x62],
];

Deno.test("PROTOCOL and peerOf give the ids of the drafts", () => {
  for (const [role, id, peer] of ROLES) {
    assert.equal(PROTOCOL[role], id);
    assert.equal(peerOf(role), peer);
  }
  assert.equal(Object.keys(PROTOCOL).length, ROLES.length);
});

Deno.test("protocolName names the protocols of others, and numbers the rest", () => {
  const rows: readonly (readonly [number, string])[] = [
    [0x10, "PAIR"],
    [0x11, "PAIR v1"],
    [0x20, "PUB"],
    [0x21, "SUB"],
    [0x30, "REQ"],
    [0x31, "REP"],
    [0x50, "PUSH"],
    [0x51, "PULL"],
    [0x62, "SURVEYOR"],
    [0x63, "RESPONDENT"],
    [0x70, "BUS"],
    [0x00, "0x00"],
    [0x640, "0x640"],
    [0xffff, "0xffff"],
  ];
  for (const [id, name] of rows) assert.equal(protocolName(id), name);
});
