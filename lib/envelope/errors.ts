/**
 * The errors of envelopes, keys and trust files, each with a code for programs.
 * @module
 */

/** Why an envelope or a body is refused. */
export type EnvelopeErrorCode =
  /** The bytes are not one well-formed envelope, or too long. */
  | "container"
  /** The envelope is of another payload type than the channel allows. */
  | "type"
  /** None of the signatures names a known key. */
  | "unknown-signer"
  /** A known key is named, but no signature of it is valid. */
  | "signature"
  /** The signed bytes are not a body of the payload type. */
  | "body"
  /** A host or command that the legacy wire cannot carry. */
  | "legacy";

/** Why a key is refused. */
export type KeyErrorCode =
  /** The text is not a key. */
  | "key-format"
  /** A public key of small order, for which anybody can sign, or not in canonical form. */
  | "key-weak"
  /** The secret key is protected and no passphrase was given. */
  | "needs-passphrase"
  /** The passphrase does not decrypt the secret key. */
  | "wrong-passphrase"
  /** A secret key file whose parts do not match. */
  | "key-damaged";

/** Why a text of an administrator is refused. */
export type TrustErrorCode =
  /** A line of a trust file or a list of revoked keys. */
  | "trust"
  /** An argv pattern. */
  | "pattern";

/** All values of {@linkcode EnvelopeError.code}. */
export type ErrorCode = EnvelopeErrorCode | KeyErrorCode | TrustErrorCode;

/** The base of all errors of this layer for bad input. */
export class EnvelopeError extends Error {
  /** The class, for logs. */
  override readonly name: string = "EnvelopeError";
  /** The cause, for programs. */
  readonly code: ErrorCode;

  /** Creates an error with `message` for people and `code` for programs. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A public or secret key that cannot be used. */
export class KeyError extends EnvelopeError {
  /** The class, for logs. */
  override readonly name = "KeyError";

  /** Creates an error with `message` for people and `code` for programs. */
  constructor(code: KeyErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** An argv pattern that cannot be used. */
export class PatternError extends EnvelopeError {
  /** The class, for logs. */
  override readonly name = "PatternError";

  /** Creates an error with `message`. */
  constructor(message: string, options?: ErrorOptions) {
    super("pattern", message, options);
  }
}

/** A trust file or a list of revoked keys with an error: nothing of it may be used. */
export class TrustError extends EnvelopeError {
  /** The class, for logs. */
  override readonly name = "TrustError";
  /** The first bad line, counted from 1. */
  readonly line: number;

  /** Creates an error about line `line`. */
  constructor(line: number, reason: string, options?: ErrorOptions) {
    super("trust", `line ${line}: ${reason}`, options);
    this.line = line;
  }
}
