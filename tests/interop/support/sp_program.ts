/**
 * What all independent peers have in common: a program that plays one role at one URL, repeats
 * what it has to say, and prints each message that comes as a line of hexadecimal.
 * @module
 */
import assert from "node:assert/strict";
import type { ExternalProgram } from "../../support/programs/external_programs.ts";
import type { ForeignProcess } from "./foreign_process.ts";

/** A role, and what is said in it: a text, or what a file holds. */
export type Part =
  | { readonly role: "pub"; readonly say: string }
  | { readonly role: "pub"; readonly sayFile: string }
  | { readonly role: "sub"; readonly subscribe: string }
  | { readonly role: "surveyor" | "respondent"; readonly say: string };

/** Which side a program takes of a connection, and where. */
export interface SpConnection {
  readonly side: "dials" | "listens";
  readonly url: string;
}

/** An independent implementation of SP that can be started as a program. */
export interface SpProgram {
  readonly name: string;
  /** Whether this machine has it. */
  readonly peer: ExternalProgram;
  /** Starts it. A PUB or SURVEYOR repeats what it says at least once a second. */
  start(part: Part, meeting: SpConnection): ForeignProcess;
}

/** For a test that needs several programs: available when all are. */
export function allOf(programs: readonly SpProgram[]): ExternalProgram {
  const missing = programs.find((program) => !program.peer.available) ?? programs[0];
  return missing?.peer ?? { available: true, needs: "" };
}

/** The next message that `program` has received. */
export async function nextMessage(program: ForeignProcess): Promise<Uint8Array> {
  const line = await program.line();
  const [, escapes] = /^"((?:\\x[0-9a-f]{2})*)"$/.exec(line) ?? [];
  assert.ok(escapes !== undefined, `not a message: ${line.slice(0, 80)}`);
  return Uint8Array.fromHex(escapes.replaceAll("\\x", ""));
}

/** The next message that `program` has received, as text. */
export async function nextText(program: ForeignProcess): Promise<string> {
  return new TextDecoder().decode(await nextMessage(program));
}
