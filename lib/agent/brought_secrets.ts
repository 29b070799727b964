/**
 * The secrets that came with a request. Imports `envelope`.
 * @module
 */
import { EnvelopeError } from "../envelope/errors.ts";
import type { Request } from "../envelope/statements/request.ts";
import { decodeSecrets, type SecretValues } from "../envelope/statements/secrets.ts";
import type { Refusal } from "./admission.ts";

/** What came of opening them. */
export type Brought =
  | { readonly kind: "opened"; readonly values?: SecretValues }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** The values of the secrets that a request speaks of, if those came with it. */
export function openBrought(
  { secrets: digest }: Request,
  part: Uint8Array | undefined,
): Brought {
  if (!digest) return { kind: "opened" };
  if (!part) return { kind: "refused", refusal: NO_SECRETS }; // check: no-secrets
  try {
    return { kind: "opened", values: decodeSecrets(part, digest) };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error; // check: bad-secrets
    return { kind: "refused", refusal: { code: "bad-secrets", reason: error.message } };
  }
}

/** As when the hub was started again: it keeps no secrets. */
const NO_SECRETS: Refusal = {
  code: "no-secrets",
  reason: "its secrets did not come with it: send it anew",
};
