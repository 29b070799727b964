import assert from "node:assert/strict";
import { join } from "node:path";
import { fingerprint, printPublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { describeKeys, findKeys } from "../../../scripts/executable/build_keys.ts";
import { BuildError } from "../../../scripts/executable/errors.ts";

const permissions: Deno.PermissionOptionsObject = { read: true, write: true, sys: ["uid"] };

const { publicKey: key } = generateSecretKey("ann");
const LINE = printPublicKey({ key, comment: "ann" });

async function keysOf(...sources: readonly string[]): Promise<readonly string[]> {
  const { keys } = await findKeys({ kind: "given", sources }, () => {});
  return keys;
}

/** Runs `action` with the path of a file that holds `text`. */
async function withFile(text: string, action: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_keys_" });
  try {
    const path = join(folder, "ops.keys");
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    await action(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("findKeys takes key lines and the lines of trust files", { permissions }, async () => {
  assert.deepEqual(await keysOf(LINE), [LINE]);
  const bound = `commands="uptime",no-shell ${LINE}`;
  await withFile(`# the operators\n\n  ${bound}\n`, async (path) => {
    assert.deepEqual(await keysOf(path), [bound]);
  });
  assert.deepEqual(await findKeys({ kind: "none" }, () => {}), { keys: [] });
});

Deno.test("findKeys refuses what an agent would refuse", { permissions }, async () => {
  const rows: readonly (readonly [text: string, message: RegExp])[] = [
    ["", /ops\.keys: file holds no key$/],
    ["# none\n", /ops\.keys: file holds no key$/],
    [`${LINE}\nnonsense\n`, /ops\.keys: line 2: /],
    [`no-such-option ${LINE}\n`, /ops\.keys: line 1: /],
  ];
  for (const [text, message] of rows) {
    await withFile(text, (path) => assert.rejects(keysOf(path), isBuildError(message)));
  }
  await withFile(LINE, async (path) => {
    await Deno.chmod(path, 0o664);
    await assert.rejects(keysOf(path), isBuildError(/others may write/));
    await assert.rejects(keysOf(`${path}.not`), isBuildError(/no such trust file: .*not$/));
  });
  await assert.rejects(keysOf("nanoexec-ed25519 AAAA"), isBuildError(/^--trust: line 1: /));
});

Deno.test("describeKeys lists the keys that agents trust", () => {
  assert.deepEqual(describeKeys({ keys: [LINE] }), [`agents trust ann ${fingerprint(key)}`]);
  assert.deepEqual(describeKeys({ keys: [] }), ["agents trust no key: start them with --trust"]);
});

function isBuildError(message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof BuildError, String(error));
    assert.match(error.message, message);
    return true;
  };
}
