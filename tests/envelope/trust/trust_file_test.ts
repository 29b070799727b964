import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { TrustError } from "../../../lib/envelope/errors.ts";
import { printPublicKey } from "../../../lib/envelope/keys/public_key.ts";
import {
  MAX_TRUST_FILE_LENGTH,
  MAX_TRUST_FILE_LINE_LENGTH,
  parseRevokedKeys,
  parseTrustFile,
} from "../../../lib/envelope/trust/trust_file.ts";
import keys from "../../vectors/ed25519_keys.json" with { type: "json" };
import { alice, bob, mallory, resultOrRefusal } from "../../support/envelope_fixtures.ts";

const ALICE = printPublicKey({ key: alice.publicKey, comment: "alice" });
const BOB = printPublicKey({ key: bob.publicKey, comment: "bob at work" });

/** Asserts that the whole text is refused because of line `line`. */
function refusedAt(line: number, action: () => unknown): string {
  let message = "";
  throws(action, (error) => {
    if (!(error instanceof TrustError)) throw error;
    strictEqual(error.line, line, error.message);
    strictEqual(error.code, "trust");
    strictEqual(error.message.startsWith(`line ${line}: `), true, error.message);
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("parseTrustFile reads keys, options, comments and empty lines", () => {
  const entries = parseTrustFile([
    "# the operators",
    "",
    ALICE,
    "   \t",
    "  # indented comment",
    `\tneed=2,no-shell ${BOB}  `,
    "",
  ].join("\n"));
  deepStrictEqual(entries, [
    { key: alice.publicKey, comment: "alice", line: 3, noShell: false, need: 1 },
    { key: bob.publicKey, comment: "bob at work", line: 6, noShell: true, need: 2 },
  ]);
});

Deno.test("parseTrustFile needs no line end and no comment", () => {
  const [entry] = parseTrustFile(printPublicKey({ key: alice.publicKey, comment: "" }));
  strictEqual(entry?.comment, "");
  strictEqual(entry?.line, 1);
});

Deno.test("parseTrustFile of nothing trusts nobody", () => {
  for (const text of ["", "\n\n", "# only a comment\n"]) deepStrictEqual(parseTrustFile(text), []);
});

Deno.test("parseTrustFile refuses the whole file for one bad line, and names it", async (t) => {
  const cut = ALICE.replace("=", "");
  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ["unknown option", `allow="all" ${BOB}`, /unknown option "allow"/],
    ["option of a later version", `no-shell,audit ${BOB}`, /unknown option "audit"/],
    ["options alone", "no-shell", /invalid option or key/],
    ["options and no key", "no-shell ", /invalid option or key/],
    ["key without a tag", bob.publicKey.base64, /invalid option or key/],
    ["OpenSSH key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI x", /unknown option "ssh-ed25519"/],
    ["tag alone", "nanoexec-ed25519", /not a public key/],
    ["tag of another version", BOB.replace("25519", "25519x"), /not a public key/],
    ["secret key", "nanoexec-ed25519-secret", /not a public key/],
    ["key cut off", cut, /not base64/],
    ["key in hex", `nanoexec-ed25519 ${"0a".repeat(32)}`, /bytes, not 32/],
    [
      "same key again",
      printPublicKey({ key: alice.publicKey, comment: "x" }),
      /duplicate key, first on line 2/,
    ],
    ["same key with options", `need=2 ${ALICE}`, /duplicate key, first on line 2/],
    ["bad option value", `need=0 ${BOB}`, /from 1 to 8/],
    ["bad pattern", `commands="*" ${BOB}`, /has no program/],
    ["CR LF", `${BOB}\r`, /ends with CR LF/],
    ["CR LF behind a comment", "# comment\r", /ends with CR LF/],
    ["CR in the middle", `${BOB}\rneed=2`, /control character/],
    ["NUL", `${BOB}\0`, /control character/],
    ["ESC in a comment line", "# \x1b[2J", /control character/],
    ["C1 in a comment", `${BOB}\x9b`, /control character/],
    ["vertical tab", `no-shell\v${BOB}`, /control character/],
    ["lone surrogate in a comment line", "# \ud800", /surrogate/],
    ["lone surrogate", `${BOB}\ud800`, /surrogate/],
    ["long line", "#".repeat(MAX_TRUST_FILE_LINE_LENGTH + 1), /longer than 16384/],
    ["long comment", `${BOB}${"b".repeat(300)}`, /longer than/],
    ["no-break space between words", BOB.replace(" ", "\u00a0"), /not a public key/],
  ];
  for (const [name, line, message] of hostile) {
    await t.step(name, () => {
      const text = `# first\n${ALICE}\n${line}\n${mallory.publicKey.base64}\n`;
      match(refusedAt(3, () => parseTrustFile(text)), message);
    });
  }
});

Deno.test("parseTrustFile refuses weak keys", async (t) => {
  for (const { note, publicKey } of [...keys.smallOrder, ...keys.nonCanonical]) {
    await t.step(note, () => {
      const base64 = Uint8Array.fromHex(publicKey).toBase64();
      const text = `${ALICE}\nno-shell nanoexec-ed25519 ${base64} root\n`;
      match(refusedAt(2, () => parseTrustFile(text)), /small order|canonical/);
    });
  }
});

Deno.test("parseTrustFile refuses by length before it reads", () => {
  const text = `${ALICE}\n${"#\n".repeat(MAX_TRUST_FILE_LENGTH / 2)}`;
  match(refusedAt(1, () => parseTrustFile(text)), /file is longer than/);
  match(refusedAt(1, () => parseRevokedKeys(text)), /file is longer than/);
});

Deno.test("parseTrustFile accepts a line and a file at their longest", () => {
  const start = `${ALICE}\n`;
  const filler = "#".repeat(MAX_TRUST_FILE_LINE_LENGTH) + "\n";
  const text = (start + filler.repeat(70)).slice(0, MAX_TRUST_FILE_LENGTH);
  strictEqual(text.length, MAX_TRUST_FILE_LENGTH);
  strictEqual(parseTrustFile(text).length, 1);
});

Deno.test("parseTrustFile of any text refuses with a line, or gives distinct keys", () => {
  const lines = [ALICE, BOB, "# x", "", "no-shell", "need=2 ", "users=a ", "\t", "é", '"', "\\"];
  const near = fc.array(fc.constantFrom(...lines), { maxLength: 8 }).map((parts) =>
    parts.join("\n")
  );
  const joined = fc.array(fc.constantFrom(...lines), { maxLength: 5 }).map((parts) =>
    parts.join("")
  );
  fc.assert(
    fc.property(fc.oneof(near, joined, fc.string({ unit: "binary" })), (text) => {
      const read = resultOrRefusal(() => parseTrustFile(text));
      if (read instanceof Error) return strictEqual(read instanceof TrustError, true);
      strictEqual(new Set(read.map(({ key }) => key.keyid)).size, read.length);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("parseRevokedKeys reads key lines and keyids", () => {
  const text = `# lost laptops\n\n${ALICE}\n  ${bob.publicKey.keyid} \n${bob.publicKey.keyid}\n`;
  deepStrictEqual(
    parseRevokedKeys(text),
    new Set([alice.publicKey.keyid, bob.publicKey.keyid]),
  );
  deepStrictEqual(parseRevokedKeys(""), new Set());
});

Deno.test("parseRevokedKeys refuses the whole list for one bad line, and names it", async (t) => {
  const { keyid } = bob.publicKey;
  const hostile: readonly (readonly [string, string])[] = [
    ["keyid in upper case", keyid.toUpperCase()],
    ["keyid cut off", keyid.slice(1)],
    ["keyid too long", keyid + "0"],
    ["keyid with a comment", `${keyid} bob`],
    ["two keyids", `${keyid} ${keyid}`],
    ["fingerprint", "SHA256:x"],
    ["key without a tag", bob.publicKey.base64],
    ["key with options", `no-shell ${BOB}`],
    ["name", "bob"],
    ["CR LF", `${keyid}\r`],
    ["NUL", `${keyid}\0`],
  ];
  for (const [name, line] of hostile) {
    await t.step(name, () => void refusedAt(2, () => parseRevokedKeys(`${ALICE}\n${line}\n`)));
  }
});
