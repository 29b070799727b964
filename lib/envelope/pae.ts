/**
 * The bytes that are signed: DSSE's pre-authentication encoding
 * (secure-systems-lab/dsse, `protocol.md` 1.0). Imports its siblings and `base`.
 * @module
 */

import { concat, utf8 } from "../base/bytes.ts";
import { utf8Length } from "./schema.ts";

/**
 * `"DSSEv1" SP len(type) SP type SP len(body) SP body`, lengths in bytes as decimal numbers. The
 * lengths keep the border between type and body where the signer put it.
 */
export function pae(payloadType: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const typeLength = utf8Length(payloadType);
  // check: signed-bytes
  return concat([utf8(`DSSEv1 ${typeLength} ${payloadType} ${body.length} `), body]);
}
