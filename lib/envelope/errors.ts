/**
 * The errors of envelopes, keys and trust files, each with a code for programs.
 * @module
 */

/** Why an envelope or a body is refused. */
export type EnvelopeErrorCode =
  /** The bytes are not one well-formed envelope, or too many. */
  | "container"
  /** The envelope is of another payload type than the channel allows. */
  | "type"
  /** None of the signatures names a key that is known here. */
  | "unknown-signer"
  /** A known key is named, but no signature of it holds. */
  | "signature"
  /** The signed bytes are not a body of the promised type. */
  | "body"
  /** A host or command that the first program's wire cannot carry. */
  | "legacy";

/** Why a key is refused. */
export type KeyErrorCode =
  /** Not the text of a key. */
  | "key-format"
  /** A public key under which anybody can sign, or with a second spelling. */
  | "key-weak"
  /** The secret key is protected and no passphrase was given. */
  | "needs-passphrase"
  /** The passphrase is not the one that the secret key was protected with. */
  | "wrong-passphrase"
  /** A secret key file whose parts do not belong together. */
  | "key-damaged";

/** Why a text that an administrator wrote is refused. */
export type TrustErrorCode =
  /** A line of a trust file or a list of revoked keys. */
  | "trust"
  /** An argv pattern. */
  | "pattern";

/** Everything that {@linkcode EnvelopeError.code} can be. */
export type ErrorCode = EnvelopeErrorCode | KeyErrorCode | TrustErrorCode;

/** The base of everything that this layer throws on bad input. */
export class EnvelopeError extends Error {
  /** The class, for logs. */
  override readonly name: string = "EnvelopeError";
  /** What went wrong, for programs. */
  readonly code: ErrorCode;

  /** Makes an error that says `message` to people and `code` to programs. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A public or secret key that cannot be used. */
export class KeyError extends EnvelopeError {
  /** The class, for logs. */
  override readonly name = "KeyError";

  /** Makes an error that says `message` to people and `code` to programs. */
  constructor(code: KeyErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** An argv pattern that cannot be used. */
export class PatternError extends EnvelopeError {
  /** The class, for logs. */
  override readonly name = "PatternError";

  /** Makes an error that says `message`. */
  constructor(message: string, options?: ErrorOptions) {
    super("pattern", message, options);
  }
}

/** A trust file or a list of revoked keys with an error in it: nothing of it may be used. */
export class TrustError extends EnvelopeError {
  /** The class, for logs. */
  override readonly name = "TrustError";
  /** The first bad line, counted from 1. */
  readonly line: number;

  /** Makes an error about line `line`; `reason` is what is wrong with it. */
  constructor(line: number, reason: string, options?: ErrorOptions) {
    super("trust", `line ${line}: ${reason}`, options);
    this.line = line;
  }
}
