/**
 * Two verifiers, one verdict: lib/envelope and `verify_envelope.py`, which shares no code with it.
 * @module
 */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../lib/base/bytes.ts";
import { EnvelopeError } from "../../lib/envelope/errors.ts";
import { verifyEnvelope } from "../../lib/envelope/signing/verify_envelope.ts";
import { requestType } from "../../lib/envelope/statements/request.ts";
import { alice, bob, lookupOf } from "../support/envelope_fixtures.ts";
import { externalProgram } from "../support/programs/external_programs.ts";
import { alteredEnvelope } from "./support/altered_envelopes.ts";
import vectors from "../vectors/dsse_envelope.json" with { type: "json" };

const PYTHON = "/usr/bin/python3";
const SCRIPT = fileURLToPath(import.meta.resolve("./verify_envelope.py"));
const SEED = 20261001;
const CASES = 10_000;

const python = externalProgram(hasCryptography(), "python3-cryptography");
const permissions = { run: [PYTHON] };

function hasCryptography(): boolean {
  try {
    return new Deno.Command(PYTHON, { args: ["-c", "import cryptography"] }).outputSync().success;
  } catch {
    return false;
  }
}

/** What lib/envelope says, in the words of the script. */
function ourVerdict(bytes: Uint8Array): string {
  try {
    const { digest, signers } = verifyEnvelope(bytes, {
      payloadType: requestType,
      keys: lookupOf(alice, bob),
    });
    return `open ${digest} ${signers.map(({ keyid }) => keyid).join(",")}`;
  } catch (error) {
    if (error instanceof EnvelopeError) return error.code;
    throw error;
  }
}

/** What the script says of each of `envelopes`. */
async function theirVerdicts(envelopes: readonly Uint8Array[]): Promise<string[]> {
  const trusted = [alice, bob].map(({ publicKey }) => publicKey.base64);
  const lines = [JSON.stringify({ trusted }), ...envelopes.map((bytes) => bytes.toBase64())];
  const child = new Deno.Command(PYTHON, {
    args: [SCRIPT],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [output] = await Promise.all([
    child.output(),
    new Blob([lines.join("\n") + "\n"]).stream().pipeTo(child.stdin),
  ]);
  strictEqual(decodeUtf8(output.stderr), "");
  strictEqual(output.success, true);
  return decodeUtf8(output.stdout).trimEnd().split("\n");
}

Deno.test({
  name: `open and a verifier in Python agree on ${CASES} altered envelopes ${python.needs}`,
  ignore: !python.available,
  permissions,
  async fn() {
    const envelopes = fc.sample(alteredEnvelope, { numRuns: CASES, seed: SEED });
    const theirs = await theirVerdicts(envelopes);
    strictEqual(theirs.length, CASES);
    const counts = new Map<string, number>();
    for (const [index, bytes] of envelopes.entries()) {
      const ours = ourVerdict(bytes);
      strictEqual(ours, theirs[index], `envelope ${index}: ${shown(bytes)}`);
      const [kind = ""] = ours.split(" ");
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const kinds = ["body", "container", "open", "signature", "type", "unknown-signer"];
    deepStrictEqual([...counts.keys()].sort(), kinds);
    for (const [kind, count] of counts) strictEqual(count > 200, true, `${kind}: ${count}`);
  },
});

Deno.test({
  name: `a verifier in Python opens the envelopes of tests/vectors ${python.needs}`,
  ignore: !python.available,
  permissions,
  async fn() {
    const envelopes = [vectors.request, vectors.cosignedRequest].map(encodeUtf8);
    const theirs = await theirVerdicts(envelopes);
    deepStrictEqual(theirs, envelopes.map(ourVerdict));
    for (const verdict of theirs) strictEqual(verdict.startsWith("open "), true, verdict);
  },
});

function shown(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 2_000));
}
