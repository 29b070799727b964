/**
 * Signed requests in files, passed from one operator to the next, and a description of a request
 * for the person who signs it.
 * @module
 */
import { decodeUtf8, encodeUtf8 } from "../../base/bytes.ts";
import { writeDurably } from "../../base/durable_file.ts";
import { MAX_ENVELOPE_BYTES } from "../../envelope/signing/dsse_envelope.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { readUnverified, type UnverifiedBody } from "../../envelope/signing/unverified_envelope.ts";
import { type Request, requestType, type Run } from "../../envelope/statements/request.ts";
import { formatDuration } from "../render/units.ts";
import { UserError } from "../../base/errors.ts";
import { readNamedFile, readStdin } from "./input_file.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** A request from a file: read, but not verified. */
export interface SavedRequest extends UnverifiedBody<Request> {
  /** The bytes of the envelope. */
  readonly envelope: Uint8Array;
}

/**
 * Reads a request; `-` is stdin.
 * @throws {UserError} if the file is missing, holds no request, or the request has expired
 */
export async function readRequest(file: string): Promise<SavedRequest> {
  const bytes = file === "-"
    ? await readStdin(2 * MAX_ENVELOPE_BYTES, "stdin is too long for a request")
    : await readNamedFile("request", file);
  const envelope = trimNewlines(bytes);
  const request = { envelope, ...peekInto(envelope, file) };
  if (request.claimed.expires >= Date.now()) return request;
  throw new UserError(`request expired at ${timeText(request.claimed.expires)}`, {
    hint: "sign a new one: nanotrigger run --save",
  });
}

function peekInto(envelope: Uint8Array, file: string): UnverifiedBody<Request> {
  try {
    return readUnverified(envelope, requestType);
  } catch (cause) {
    if (!(cause instanceof EnvelopeError)) throw cause;
    const what = file === "-" ? "stdin" : file;
    throw new UserError(`${what} is not a signed request: ${cause.message}`, { cause });
  }
}

/** Writes a request with a final newline, and replaces the file atomically; `-` is stdout. */
export async function writeRequest(
  file: string,
  envelope: Uint8Array,
  terminal: Terminal,
): Promise<void> {
  const text = `${decodeUtf8(envelope)}\n`;
  if (file === "-") return await terminal.print(text);
  writeDurably(file, encodeUtf8(text));
}

/** Describes the effect of a request for the person who signs it. */
export function describeRequest({ claimed, keyids }: SavedRequest): readonly string[] {
  const { run, user, cwd, env, target, expires, mode, stdin, input, timeoutMs, ...rest } = claimed;
  const { splayMs, hold, secrets, undo, maxOutput, survive, note, ...more } = rest;
  const { v: _v, id, issued: _issued, ...unknown } = more;
  unknown satisfies Record<string, never>; // the signer must see every field
  const [command, ...script] = describeRun(run);
  return [
    `run:     ${command}${mode === "check" ? " (dry run)" : ""}`,
    ...script.map((line) => `         | ${line}`),
    `on:      ${target}`,
    `as:      ${user ?? "the user of the agent"}`,
    ...(cwd === undefined ? [] : [`in:      ${cwd}`]),
    ...(env === undefined ? [] : [`with:    ${JSON.stringify(env)}`]),
    ...(secrets === undefined ? [] : [`secret:  ${secrets.names.join(", ")}`]),
    ...(stdin === undefined ? [] : [`stdin:   ${JSON.stringify(atob(stdin))}`]),
    ...(input === undefined ? [] : ["stdin:   streamed while the command runs"]),
    `for:     at most ${formatDuration(timeoutMs)}${survive ? ", even without the agent" : ""}`,
    ...(splayMs === undefined ? [] : [`splay:   ${formatDuration(splayMs)}`]),
    ...(hold === undefined ? [] : ["held:    each host waits until a signer releases it"]),
    ...(undo === undefined ? [] : [
      `undo:    ${undo.command}`,
      `         unless the command succeeds and is confirmed within ${
        formatDuration(undo.withinMs)
      }`,
    ]),
    ...(maxOutput === undefined ? [] : [`output:  at most ${maxOutput} bytes of each stream`]),
    ...(note === undefined ? [] : [`note:    ${note}`]),
    `id:      ${id}`,
    `until:   ${timeText(expires)}`,
    `signed:  by ${keyids.length} ${keyids.length === 1 ? "key" : "keys"}`,
  ];
}

/** Describes the command. Shows a script completely, because the reader will sign it. */
function describeRun(run: Run): readonly string[] {
  switch (run.kind) {
    case "argv":
      return [JSON.stringify(run.argv)];
    case "shell":
      return [`/bin/sh -c ${run.command}`];
    case "script": {
      const lines = new TextDecoder().decode(Uint8Array.fromBase64(run.script)).split("\n");
      return [`script with arguments ${JSON.stringify(run.args)}`, ...lines];
    }
    default:
      return run satisfies never;
  }
}

/** Formats a time as `2026-11-23 05:14:48 UTC`. Operators may be in different time zones. */
function timeText(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/T(.*)\.\d+Z$/, " $1 UTC");
}

/** Removes final newlines, which an editor may have added. Nothing else is tolerated. */
function trimNewlines(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--;
  return bytes.subarray(0, end);
}
