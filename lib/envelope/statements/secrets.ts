/**
 * The secrets of a request. They travel beside the envelope, never in it: the signed and stored
 * part holds only their names and a digest. Only the agent, and the hub while it forwards them, see
 * the values. The digest is salted with a nonce that travels with the values, so that it does not
 * help to guess them.
 * @module
 */

import { createHash } from "node:crypto";
import { EnvelopeError } from "../errors.ts";
import {
  type CanonicalForm,
  decodeCanonicalJson,
  encodeCanonicalJson,
} from "../encoding/canonical_json.ts";
import { hex, list, object, record, type Schema, text, withRule } from "../encoding/schema.ts";
import { sha256 } from "./body_fields.ts";

/** The names of the secrets of a request, and their digest. */
export interface SecretsDigest {
  /** The environment variables that hold them: 1 to 16 names, in order. */
  readonly names: readonly string[];
  /** Hex SHA-256 of the part that holds the values. */
  readonly sha256: string;
}

/** Values by the name of their environment variable. */
export type SecretValues = Readonly<Record<string, string>>;

/** Encoded secrets. */
export interface EncodedSecrets {
  /** The field of the request. */
  readonly digest: SecretsDigest;
  /** The part that travels beside the envelope. */
  readonly part: Uint8Array<ArrayBuffer>;
}

/** The maximum number of secrets of one request. */
export const MAX_SECRETS = 16;
/** The shortest secret, in bytes: a shorter one would match anywhere in the output of a command. */
export const MIN_SECRET_BYTES = 4;
/** The longest secret, in bytes. */
export const MAX_SECRET_BYTES = 4_096;

/** The longest part: JSON writes a control character in six bytes. */
export const MAX_SECRETS_PART_BYTES: number = MAX_SECRETS * (6 * MAX_SECRET_BYTES + 128) + 128;

const SECRET_NAME = /^[A-Z_][A-Z0-9_]{0,63}$/;

/** The field of a request with the names of its secrets and their digest. */
export const secretsDigest: Schema<SecretsDigest> = object<SecretsDigest>({
  names: withRule(
    list(text({ maxBytes: 64, pattern: SECRET_NAME }), { min: 1, max: MAX_SECRETS }),
    (names) => isOrdered(names) ? undefined : "are not sorted and distinct",
  ),
  sha256,
});

interface SecretsPart {
  readonly nonce: string;
  readonly values: SecretValues;
}

const SECRETS_PART_FORM: CanonicalForm<SecretsPart> = {
  title: "secrets",
  code: "body",
  maxBytes: MAX_SECRETS_PART_BYTES,
  schema: object<SecretsPart>({
    nonce: hex(32),
    values: record({
      name: SECRET_NAME,
      value: text({ min: MIN_SECRET_BYTES, maxBytes: MAX_SECRET_BYTES }),
      max: MAX_SECRETS,
    }),
  }),
};

/**
 * Encodes secrets.
 * @throws {EnvelopeError} `body` if there are too many, or a name or a value is invalid
 */
export function encodeSecrets(values: SecretValues): EncodedSecrets {
  const nonce = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const part = encodeCanonicalJson({ nonce, values }, SECRETS_PART_FORM);
  return { digest: { names: Object.keys(values).sort(), sha256: digestOf(part) }, part };
}

/**
 * Decodes the values in `part`, which must match the signed `digest`.
 * @throws {EnvelopeError} `body` if they do not
 */
export function decodeSecrets(part: Uint8Array, digest: SecretsDigest): SecretValues {
  if (digestOf(part) !== digest.sha256) {
    throw new EnvelopeError("body", "secrets differ from the signed ones");
  }
  const { values } = decodeCanonicalJson(part, SECRETS_PART_FORM);
  if (Object.keys(values).join() !== digest.names.join()) {
    throw new EnvelopeError("body", "names of secrets differ from the signed ones");
  }
  return values;
}

function digestOf(part: Uint8Array): string {
  return createHash("sha256").update(part).digest("hex");
}

function isOrdered(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] ?? "") < name);
}
