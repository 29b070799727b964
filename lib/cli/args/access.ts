/**
 * The access to this machine's files and sockets that a word of the command line asks for. A value
 * that names one says so, and the permissions of the program follow from it.
 * @module
 */

import type { ValueParser } from "@optique/core/valueparser";

/** What a program does with the file or the socket that a word names. */
export type Access =
  /** Reads a file, or what is below a folder. */
  | "read"
  /** Reads a file and looks at its folder, whose owner and mode matter; a key is no file. */
  | "read-with-folder"
  /** Reads the file behind `^`; other words are node sets. */
  | "read-names"
  /** Reads the file behind `NAME=@`. */
  | "read-secret"
  /** Reads and writes below a folder. */
  | "write"
  /** Makes a file, and its folder if that is missing. */
  | "create"
  /** Dials the unix socket behind `ipc://`, or listens on it. */
  | "socket";

/** A value that names something on this machine. `localOption` makes an option of it. */
export interface LocalValue<T> {
  /**
   * The parser of the value.
   * @internal because it is of a type of Optique
   */
  readonly parser: ValueParser<"sync", T>;
  /** What is done with what it names. */
  readonly access: Access;
}
