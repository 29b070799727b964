/**
 * Creates keys and trust files in an installation.
 * @module
 */
import assert from "node:assert/strict";
import type { Installation } from "./installation.ts";

/** Returns the path of a file in the user's configuration. */
export function configOf({ home }: Installation, file: string): string {
  return `${home}/.config/nanoexec/${file}`;
}

/** Creates keys for `names`, as `NAME.key` in the home folder; returns their public lines. */
export async function makeKeys(
  here: Installation,
  ...names: readonly string[]
): Promise<string[]> {
  const lines: string[] = [];
  for (const name of names) {
    const args = ["keygen", "-C", name, "--no-passphrase", "-f", `${here.home}/${name}.key`];
    const { code, stdout } = await here.trigger(...args);
    assert.equal(code, 0);
    lines.push(stdout.trim());
  }
  return lines;
}

/** Writes the user's trust file from `lines`. */
export async function writeTrust(here: Installation, ...lines: readonly string[]): Promise<void> {
  await Deno.mkdir(configOf(here, ""), { recursive: true, mode: 0o700 });
  const text = lines.join("\n") + "\n";
  await Deno.writeTextFile(configOf(here, "trusted_keys"), text, { mode: 0o600 });
}
