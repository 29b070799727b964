/**
 * The errors of the wire: a bad URL, a refused connection, a failed handshake, a bad frame.
 * @module
 */

/** The family of all errors of `lib/sp`. */
export class SpError extends Error {
  /** The name of the class. */
  override readonly name: string = "SpError";
}

/** A URL that is not one of ours, or that names something that cannot be listened on or dialled. */
export class AddressError extends SpError {
  /** The name of the class. */
  override readonly name = "AddressError";
  /** The URL as it was given. */
  readonly url: string;

  /** Says what is wrong with `url`. */
  constructor(url: string, problem: string) {
    super(`cannot use URL "${url}": ${problem}`);
    this.url = url;
  }
}

/** A listener or a connection that the operating system refused. */
export class TransportError extends SpError {
  /** The name of the class. */
  override readonly name = "TransportError";
  /** The system's code, such as `EADDRINUSE` or `ECONNREFUSED`; empty when it gave none. */
  readonly code: string;

  /** Wraps the system's own error as `cause`. */
  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The other side did not greet as an SP peer of a fitting role does. */
export class HandshakeError extends SpError {
  /** The name of the class. */
  override readonly name = "HandshakeError";
  /** The protocol id that the other side sent, when its header was well formed. */
  readonly peer: number | undefined;

  /** Says why the connection is refused. */
  constructor(message: string, options: ErrorOptions & { readonly peer?: number } = {}) {
    super(message, options);
    this.peer = options.peer;
  }
}

/** Bytes that are not a frame, or a frame above the limit. */
export class FrameError extends SpError {
  /** The name of the class. */
  override readonly name = "FrameError";
}
