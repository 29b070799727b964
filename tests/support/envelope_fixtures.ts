/**
 * Keys, bodies, arbitraries and assertions for tests of signed envelopes.
 * @module
 */

import { strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { MAX_UNIX_MILLIS } from "../../lib/envelope/statements/body_fields.ts";
import type { Directive } from "../../lib/envelope/statements/directive.ts";
import { EnvelopeError, type ErrorCode } from "../../lib/envelope/errors.ts";
import type { Hello } from "../../lib/envelope/statements/session_statements.ts";
import type { KeyLookup } from "../../lib/envelope/signing/verify_envelope.ts";
import { publicKeyFromBase64 } from "../../lib/envelope/keys/public_key.ts";
import type { Request, Run } from "../../lib/envelope/statements/request.ts";
import type { Outcome, OutputSummary, Result } from "../../lib/envelope/statements/result.ts";
import { type SecretKey, secretKeyFromSeed } from "../../lib/envelope/keys/secret_key.ts";

/** A key with a fixed seed, so that its signatures are the same in every run. */
export const alice: SecretKey = fixedKey(1, "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=");
/** Another such key. */
export const bob: SecretKey = fixedKey(2, "gTl3Dqh9F19Wo1Rmw0x+zMuNipG07jeiXfYPW4/Js5Q=");
/** A key that nobody trusts. */
export const mallory: SecretKey = fixedKey(3, "7UkoxijRwsbq6QM4kFmVYSlZJzpcY/k2NsFGFKyHN9E=");

/** Returns a look-up that knows `keys`. */
export function lookupOf(...keys: readonly SecretKey[]): KeyLookup {
  const known = new Map(keys.map(({ publicKey }) => [publicKey.keyid, publicKey]));
  return (keyid) => known.get(keyid);
}

/** A request with every field of the first version. */
export const request: Request = {
  v: 1,
  id: "00112233445566778899aabbccddeeff",
  issued: 1_790_000_000_000,
  expires: 1_790_000_300_000,
  target: "web[01-20],db1",
  run: { kind: "argv", argv: ["/usr/bin/systemctl", "restart", "nginx"] },
  user: "www-data",
  cwd: "/var/www",
  env: { LANG: "C.UTF-8", TZ: "UTC" },
  stdin: "aGVsbG8K",
  timeoutMs: 60_000,
  maxOutput: 65_536,
  mode: "run",
  survive: false,
  note: "the certificate was renewed",
};

/** A request without optional fields. */
export const bareRequest: Request = {
  v: 1,
  id: "ffeeddccbbaa99887766554433221100",
  issued: 1_790_000_000_000,
  expires: 1_790_000_060_000,
  target: "ALL",
  run: { kind: "shell", command: "uptime" },
  timeoutMs: 1,
  mode: "check",
  survive: true,
};

/** A cancel with every field. */
export const cancel: Directive = {
  v: 1,
  id: "0123456789abcdef0123456789abcdef",
  issued: 1_790_000_010_000,
  expires: 1_790_000_310_000,
  target: "ALL",
  job: request.id,
  note: "wrong hosts",
};

/** The summary of a complete output stream. */
export const output: OutputSummary = { bytes: 5, kept: 5, sha256: "a".repeat(64) };

/** A result. */
export const result: Result = {
  v: 1,
  id: request.id,
  request: "b".repeat(64),
  agent: "web01",
  seq: 7,
  outcome: { kind: "exited", code: 0 },
  startMs: 1_790_000_001_000,
  endMs: 1_790_000_002_500,
  out: output,
  err: { bytes: 100_000, kept: 65_536, sha256: "c".repeat(64) },
  auditHead: "d".repeat(64),
};

/** A hello of `alice`, used as the key of an agent. */
export const hello: Hello = {
  v: 1,
  nonce: "e".repeat(64),
  name: "web01",
  publicKey: alice.publicKey.base64,
  epoch: 3,
  version: "1.0.0",
  facts: { arch: "x86_64", os: "linux" },
  running: [request.id],
  held: [],
  insecure: false,
  clockMs: 1_790_000_000_123,
};

/** Text that is valid in a body. */
export const anyText: fc.Arbitrary<string> = fc.string({ unit: "binary", maxLength: 40 })
  .map((text) => text.replaceAll("\0", "0"));

/** Returns hex digits for `bytes` bytes. */
export function anyHex(bytes: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => array.toHex());
}

/** Whole numbers that are valid in a body. */
export const anyCount: fc.Arbitrary<number> = fc.maxSafeNat();
/** Any time that is valid in a body. */
export const anyTime: fc.Arbitrary<number> = fc.nat(MAX_UNIX_MILLIS);

/** Targets in canonical form. */
export const anyTarget: fc.Arbitrary<string> = fc.constantFrom(
  "ALL",
  "web1",
  "web[01-20],db[1-3]",
  "web* and not web13",
  "(os=linux or /^db2$/) and not ALL",
);

/** Names of hosts. */
export const anyNodeName: fc.Arbitrary<string> = fc.constantFrom("web01", "db1.example.com", "a");

const anyRun: fc.Arbitrary<Run> = fc.oneof(
  fc.record({
    kind: fc.constant("argv" as const),
    argv: fc.tuple(anyText.filter((text) => text !== ""), fc.array(anyText, { maxLength: 5 }))
      .map(([program, rest]) => [program, ...rest]),
  }),
  fc.record({
    kind: fc.constant("shell" as const),
    command: anyText.filter((text) => text !== ""),
  }),
  fc.record({
    kind: fc.constant("script" as const),
    script: fc.uint8Array({ minLength: 1, maxLength: 50 }).map((bytes) => bytes.toBase64()),
    args: fc.array(anyText, { maxLength: 5 }),
  }),
);

/** Any request that can be signed. */
export const anyRequest: fc.Arbitrary<Request> = fc.record<Request>({
  v: fc.constant(1),
  id: anyHex(16),
  issued: anyTime,
  expires: anyTime,
  target: anyTarget,
  run: anyRun,
  user: fc.constantFrom("root", "www-data", "svc$", "a.b@example.com"),
  cwd: anyText.map((text) => "/" + text),
  env: fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,10}$/), anyText, {
    noNullPrototype: true,
  }),
  input: fc.record({
    key: fc.constantFrom(alice.publicKey.base64, bob.publicKey.base64),
    from: fc.constantFrom("start", "anywhere"),
  }),
  timeoutMs: fc.integer({ min: 1, max: 3_600_000 }),
  splayMs: fc.integer({ min: 1, max: 3_600_000 }),
  secrets: fc.record({
    names: fc.uniqueArray(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,10}$/), {
      minLength: 1,
      maxLength: 16,
    }).map((names) => names.sort()),
    sha256: anyHex(32),
  }),
  undo: fc.record({
    command: anyText.filter((text) => text !== ""),
    withinMs: fc.integer({ min: 1_000, max: 86_400_000 }),
  }),
  maxOutput: fc.integer({ min: 0, max: 16_777_216 }),
  mode: fc.constantFrom("run", "check"),
  survive: fc.boolean(),
  note: anyText,
}, {
  requiredKeys: [
    "v",
    "id",
    "issued",
    "expires",
    "target",
    "run",
    "timeoutMs",
    "mode",
    "survive",
  ],
});

/** Any outcome that can be signed. */
export const anyOutcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ kind: fc.constant("exited" as const), code: fc.integer({ min: 0, max: 255 }) }),
  fc.record({
    kind: fc.constant("signalled" as const),
    signal: fc.constantFrom("SIGTERM", "SIGKILL", "SIGRTMIN+1"),
  }),
  fc.constant({ kind: "timeout" as const }),
  fc.constant({ kind: "cancelled" as const }),
  fc.record({
    kind: fc.constant("refused" as const),
    code: fc.constantFrom("expired", "no-shell"),
    reason: anyText,
  }),
  fc.record({ kind: fc.constant("lost" as const), reason: anyText }),
  fc.record({
    kind: fc.constant("undone" as const),
    reason: anyText,
    code: fc.integer({ min: 0, max: 255 }),
    said: anyText,
  }, { requiredKeys: ["kind", "reason", "said"] }),
  fc.record({ kind: fc.constant("allowed" as const), rule: anyText, summary: anyText }),
);

/** Runs `action` and asserts that it throws an `EnvelopeError` with `code`; returns its message. */
export function assertEnvelopeError(code: ErrorCode, action: () => unknown): string {
  let message = "";
  throws(action, (error) => {
    if (!(error instanceof EnvelopeError)) throw error;
    strictEqual(error.code, code, error.message);
    message = error.message;
    return true;
  });
  return message;
}

/** Runs `action` on hostile input, which may throw an `EnvelopeError` and no other error. */
export function resultOrRefusal<T>(action: () => T): T | EnvelopeError {
  try {
    return action();
  } catch (error) {
    if (error instanceof EnvelopeError) return error;
    throw error;
  }
}

/** Converts objects with null prototypes to ordinary ones, for comparisons. */
export function withPrototypes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function fixedKey(seedByte: number, publicKey: string): SecretKey {
  return secretKeyFromSeed(new Uint8Array(32).fill(seedByte), {
    publicKey: publicKeyFromBase64(publicKey),
    comment: `key ${seedByte}`,
  });
}
