/**
 * The roles of the Scalability Protocols and their protocol numbers: `id = pattern · 16 + role`, as
 * fixed by the SP drafts and confirmed on the wire of nanomsg, nng and mangos.
 * @module
 */

/** The supported roles. */
export type Role = "pub" | "sub" | "surveyor" | "respondent";

/** The protocol id of each role in the header. */
export const PROTOCOL: Readonly<Record<Role, number>> = {
  pub: 0x20,
  sub: 0x21,
  surveyor: 0x62,
  respondent: 0x63,
};

/** The names of all protocol ids in use, for people. */
const NAMES: ReadonlyMap<number, string> = new Map([
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
]);

/** Returns the name of a protocol id, such as `SURVEYOR`, or its number in hexadecimal. */
export function protocolName(id: number): string {
  return NAMES.get(id) ?? `0x${id.toString(16).padStart(2, "0")}`;
}

/** Returns the protocol id of the peer of `role`: the other half of its pattern. */
export function peerOf(role: Role): number {
  return PROTOCOL[role] ^ 1;
}
