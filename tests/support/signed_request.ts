/**
 * Requests as honest operators sign them, and as others would like to.
 * @module
 */
import { utf8 } from "../../lib/base/bytes.ts";
import { newRequestId } from "../../lib/envelope/body_fields.ts";
import { encodeEnvelope } from "../../lib/envelope/container.ts";
import { pae } from "../../lib/envelope/pae.ts";
import { printPublicKey } from "../../lib/envelope/public_key.ts";
import { type Request, requestType } from "../../lib/envelope/request.ts";
import { seal } from "../../lib/envelope/seal.ts";
import { type SecretKey, sign } from "../../lib/envelope/secret_key.ts";
import { alice } from "../envelope/fixtures.ts";

/** A request and its envelope. */
export interface Signed {
  readonly id: string;
  readonly body: Request;
  readonly bytes: Uint8Array;
}

/** A request with a new id for every host, issued at `now` and good for five minutes. */
export function requestAt(now: number, fields: Partial<Request> = {}): Request {
  return {
    v: 1,
    id: newRequestId(),
    issued: now,
    expires: now + 300_000,
    target: "ALL",
    run: { kind: "argv", argv: ["/usr/bin/true"] },
    timeoutMs: 60_000,
    mode: "run",
    survive: false,
    ...fields,
  };
}

/** Has `keys` sign a request; `alice` unless named. */
export function signed(body: Request, keys: readonly SecretKey[] = [alice]): Signed {
  return { id: body.id, body, bytes: seal(requestType, body, keys) };
}

/** An envelope around any bytes, with a signature of `key` that holds. */
export function forged(
  payload: Uint8Array | string,
  key: SecretKey = alice,
  payloadType: string = requestType.name,
): Uint8Array {
  const bytes = typeof payload === "string" ? utf8(payload) : payload;
  const sig = sign(key, pae(payloadType, bytes));
  const signatures = [{ keyid: key.publicKey.keyid, sig }];
  return encodeEnvelope({ payloadType, payload: bytes, signatures });
}

/** A line of a trust file: `options` in front of the public half of `key`. */
export function trustLine(key: SecretKey, comment: string, options = ""): string {
  const line = printPublicKey({ key: key.publicKey, comment });
  return options === "" ? line : `${options} ${line}`;
}
