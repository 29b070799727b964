/**
 * The access to local files and sockets that a word of the command line needs. The permissions of
 * the program follow from it.
 * @module
 */

import type { ValueParser } from "@optique/core/valueparser";

/** The access to the file or socket that a word names. */
export type Access =
  /** Reads a file, or everything below a folder. */
  | "read"
  /** Reads a file, and the owner and mode of its folder. For files other than keys. */
  | "read-with-folder"
  /** Reads the file behind `^`; other words are node sets. */
  | "read-names"
  /** Reads the file behind `NAME=@`. */
  | "read-secret"
  /** Reads and writes below a folder. */
  | "write"
  /** Creates a file, and its folder if that is missing. */
  | "create"
  /** Connects to the unix socket behind `ipc://`, or listens on it. */
  | "socket";

/** A value that names a local file or socket. `localOption` makes an option of it. */
export interface LocalValue<T> {
  /**
   * The parser of the value.
   * @internal because its type is one of Optique's
   */
  readonly parser: ValueParser<"sync", T>;
  /** The access to the file or socket that the value names. */
  readonly access: Access;
}
