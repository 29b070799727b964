/**
 * Signs requests, valid and forged.
 * @module
 */
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { newRequestId } from "../../../lib/envelope/statements/body_fields.ts";
import { encodeEnvelope, preAuthEncoding } from "../../../lib/envelope/signing/dsse_envelope.ts";
import { printPublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { type Request, requestType } from "../../../lib/envelope/statements/request.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { type SecretKey, sign } from "../../../lib/envelope/keys/secret_key.ts";
import { alice } from "../envelope_fixtures.ts";

/** A request and its envelope. */
export interface Signed {
  readonly id: string;
  readonly body: Request;
  readonly bytes: Uint8Array;
}

/** Returns a request with a new id for every host, issued at `now` and valid for five minutes. */
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

/** Signs a request with `keys`; by default with `alice`. */
export function signed(body: Request, keys: readonly SecretKey[] = [alice]): Signed {
  return { id: body.id, body, bytes: signEnvelope(requestType, body, keys) };
}

/** Returns an envelope around any bytes, with a valid signature of `key`. */
export function forged(
  payload: Uint8Array | string,
  key: SecretKey = alice,
  payloadType: string = requestType.name,
): Uint8Array {
  const bytes = typeof payload === "string" ? encodeUtf8(payload) : payload;
  const sig = sign(key, preAuthEncoding(payloadType, bytes));
  const signatures = [{ keyid: key.publicKey.keyid, sig }];
  return encodeEnvelope({ payloadType, payload: bytes, signatures });
}

/** Returns a line of a trust file: `options` in front of the public half of `key`. */
export function trustLine(key: SecretKey, comment: string, options = ""): string {
  const line = printPublicKey({ key: key.publicKey, comment });
  return options === "" ? line : `${options} ${line}`;
}
