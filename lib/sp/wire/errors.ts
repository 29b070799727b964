/**
 * The errors of the wire: a bad URL, a refused connection, a failed handshake, a bad frame.
 * @module
 */

/** The base class of all errors of `lib/sp`. */
export class SpError extends Error {
  /** The name of the class. */
  override readonly name: string = "SpError";
}

/** A URL that is malformed, or that cannot be listened on or dialled. */
export class AddressError extends SpError {
  /** The name of the class. */
  override readonly name = "AddressError";
  /** The URL of the caller. */
  readonly url: string;

  /** Creates an error about `url`. */
  constructor(url: string, problem: string) {
    super(`cannot use URL "${url}": ${problem}`);
    this.url = url;
  }
}

/** The operating system refused a listener or a connection. */
export class TransportError extends SpError {
  /** The name of the class. */
  override readonly name = "TransportError";
  /** The system's code, such as `EADDRINUSE` or `ECONNREFUSED`; empty if there is none. */
  readonly code: string;

  /** Creates an error with the system's own error as `cause`. */
  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The peer did not send the header of a fitting SP role. */
export class HandshakeError extends SpError {
  /** The name of the class. */
  override readonly name = "HandshakeError";
  /** The protocol id of the peer, if its header was well formed. */
  readonly peer: number | undefined;

  /** Creates an error with the reason of the refusal. */
  constructor(message: string, options: ErrorOptions & { readonly peer?: number } = {}) {
    super(message, options);
    this.peer = options.peer;
  }
}

/** Bytes that are no frame, or a frame above the limit. */
export class FrameError extends SpError {
  /** The name of the class. */
  override readonly name = "FrameError";
}
