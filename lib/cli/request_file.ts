/**
 * Signed requests in files, on their way from one operator to the next.
 * @module
 */
import { fromUtf8 } from "../base/bytes.ts";
import { MAX_ENVELOPE_BYTES } from "../envelope/container.ts";
import { peek, type Unverified } from "../envelope/peek.ts";
import { type Request, requestType } from "../envelope/request.ts";
import { formatDuration } from "./duration.ts";
import { UserError } from "./errors.ts";
import type { Terminal } from "./terminal.ts";

/** A request from a file: read, but not verified. */
export interface SavedRequest extends Unverified<Request> {
  /** The bytes of the envelope. */
  readonly envelope: Uint8Array;
}

/**
 * Reads a request; `-` is stdin.
 * @throws {UserError} if there is none
 * @throws {EnvelopeError} if it is no signed request
 */
export async function readRequest(file: string): Promise<SavedRequest> {
  const envelope = trimmed(file === "-" ? await readStdin() : await readFile(file));
  return { envelope, ...peek(envelope, requestType) };
}

/** Writes a request with a newline at its end, replacing the file at once; `-` is stdout. */
export async function writeRequest(
  file: string,
  envelope: Uint8Array,
  terminal: Terminal,
): Promise<void> {
  const text = `${fromUtf8(envelope)}\n`;
  if (file === "-") return await terminal.print(text);
  const half = `${file}.new`;
  await Deno.writeTextFile(half, text, { mode: 0o600 });
  await Deno.rename(half, file);
}

/** What a request would do, for the person who is to sign it. */
export function describeRequest({ claimed, keyids }: SavedRequest): readonly string[] {
  const { run, user, cwd, env, target, expires, mode, stdin, timeoutMs, maxOutput, ...rest } =
    claimed;
  const { survive, note, v: _v, id, issued: _issued, ...unknown } = rest;
  unknown satisfies Record<string, never>; // whoever signs must see every field
  const command = run.kind === "argv" ? JSON.stringify(run.argv) : `/bin/sh -c ${run.command}`;
  return [
    `run:     ${command}${mode === "check" ? " (only to see what would happen)" : ""}`,
    `on:      ${target}`,
    `as:      ${user ?? "the agent's own user"}`,
    ...(cwd === undefined ? [] : [`in:      ${cwd}`]),
    ...(env === undefined ? [] : [`with:    ${JSON.stringify(env)}`]),
    ...(stdin === undefined ? [] : [`stdin:   ${JSON.stringify(atob(stdin))}`]),
    `for:     at most ${formatDuration(timeoutMs)}${survive ? ", even without its agent" : ""}`,
    ...(maxOutput === undefined ? [] : [`output:  at most ${maxOutput} bytes of each stream`]),
    ...(note === undefined ? [] : [`note:    ${note}`]),
    `id:      ${id}`,
    `until:   ${new Date(expires).toISOString()}`,
    `signed:  by ${keyids.length} ${keyids.length === 1 ? "key" : "keys"}`,
  ];
}

async function readFile(path: string): Promise<Uint8Array> {
  return await Deno.readFile(path).catch((cause: Error) => {
    throw new UserError(`cannot read request ${path}: ${cause.message}`, { cause });
  });
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of Deno.stdin.readable) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 2 * MAX_ENVELOPE_BYTES) throw new UserError("stdin is longer than any request");
  }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** A person's editor may have added newlines; nothing else is forgiven. */
function trimmed(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--;
  return bytes.subarray(0, end);
}
