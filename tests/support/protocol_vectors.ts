/**
 * Reads stored messages of released protocols: `tests/vectors/protocol/NUMBER/*.json`.
 * @module
 */
import { encodeUtf8 } from "../../lib/base/bytes.ts";

/** A stored message. */
export interface ProtocolVector {
  /** The sender. */
  readonly from: "agent" | "hub" | "operator";
  /** The receiver. */
  readonly to: "agent" | "hub" | "operator";
  /** The name of the message. */
  readonly name: string;
  /** The message, if it is text. */
  readonly text?: string;
  /** The message in hex, if it is not text. */
  readonly hex?: string;
}

/** The folder of the vectors of a protocol; also reads it. */
export function vectorFile(protocol: number, name: string): URL {
  return new URL(`../vectors/protocol/${protocol}/${name}.json`, import.meta.url);
}

/** Returns the messages in a file. */
export function readVectors(protocol: number, name: string): readonly ProtocolVector[] {
  return JSON.parse(Deno.readTextFileSync(vectorFile(protocol, name)));
}

/** Returns the bytes of a message. */
export function vectorBytes({ text, hex = "" }: ProtocolVector): Uint8Array {
  return text === undefined ? Uint8Array.fromHex(hex) : encodeUtf8(text);
}

/** Returns the vector of a message with these bytes. */
export function vectorOf(
  about: Pick<ProtocolVector, "from" | "to" | "name">,
  bytes: Uint8Array,
): ProtocolVector {
  const { from, to, name } = about;
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText
    ? { from, to, name, text: new TextDecoder().decode(bytes) }
    : { from, to, name, hex: bytes.toHex() };
}
