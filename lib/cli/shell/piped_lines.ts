/**
 * Lines for the shell that nobody types: from a file or a pipe. Imports `base`.
 * @module
 */
import { decodeUtf8 } from "../../base/bytes.ts";
import { UserError } from "../program/errors.ts";
import { endsWithNewline, LineSplitter, MAX_LINE_BYTES } from "../line_splitter.ts";

/**
 * Yields the lines of `source` as they come, without their newlines.
 * @throws {UserError} if one is too long or not UTF-8: half of it would be another command
 */
export async function* pipedLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  let number = 0;
  for await (const chunk of source) {
    for (const line of splitter.push(chunk)) {
      number++;
      if (!endsWithNewline(line)) throw tooLong(number);
      yield textOf(line.subarray(0, -1), number);
    }
  }
  for (const line of splitter.end()) yield textOf(line, number + 1);
}

function tooLong(number: number): UserError {
  return new UserError(`line ${number} of stdin is longer than ${MAX_LINE_BYTES} bytes`);
}

function textOf(line: Uint8Array, number: number): string {
  try {
    return decodeUtf8(line);
  } catch (cause) {
    throw new UserError(`line ${number} of stdin is not UTF-8`, { cause });
  }
}
