/** verifyAudit against every small change of a small log. */

import assert from "node:assert/strict";
import {
  AuditLog,
  type AuditVerdict,
  formatAuditLine,
  parseAuditLine,
  verifyAudit,
} from "../../../lib/agent/records/audit_log.ts";
import { inFastFolder } from "../../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

/** A log of five lines, and the end of each. */
async function smallLog(): Promise<{ text: string; head: string; lines: readonly string[] }> {
  let [text, head] = ["", ""];
  await inFastFolder((folder) => {
    using log = new AuditLog({ path: `${folder}/log`, now: () => 1_790_000_000_000 });
    log.append({ event: "start", name: "web1" });
    log.append({ event: "allow", id: "00ff", run: { kind: "argv", argv: ["id", "-u"] } });
    log.append({ event: "run", id: "00ff", pid: 7 });
    log.append({ event: "end", id: "00ff", outcome: { kind: "exited", code: 0 } });
    log.append({ event: "bad", reason: "é\n" });
    [text, head] = [Deno.readTextFileSync(`${folder}/log`), log.head];
  });
  return { text, head, lines: text.trimEnd().split("\n") };
}

function brokenLine(verdict: AuditVerdict): number | "intact" {
  return verdict.kind === "broken" ? verdict.line : "intact";
}

function join(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

Deno.test("verifyAudit finds every changed byte, in its line", { permissions }, async () => {
  const { text } = await smallLog();
  const bytes = new TextEncoder().encode(text);
  let line = 1;
  for (const [at, byte] of bytes.entries()) {
    for (const other of [byte ^ 1, byte ^ 0x20, 0x30, 0x22, 0x0a, 0]) {
      if (other === byte) continue;
      const verdict = verifyAudit(new TextDecoder().decode(bytes.with(at, other)));
      assert.equal(brokenLine(verdict), line, `byte ${at} as ${other}`);
    }
    if (byte === 0x0a) line++;
  }
});

Deno.test("verifyAudit finds every removed byte", { permissions }, async () => {
  const { text } = await smallLog();
  const characters = [...text];
  let line = 1;
  for (const [at, character] of characters.entries()) {
    const verdict = verifyAudit(characters.toSpliced(at, 1).join(""));
    assert.equal(brokenLine(verdict), line, `character ${at}`);
    if (character === "\n") line++;
  }
});

Deno.test("verifyAudit finds every removed line but the last, which shows in the head", {
  permissions,
}, async () => {
  const { lines, head } = await smallLog();
  for (const index of lines.keys()) {
    const verdict = verifyAudit(join(lines.toSpliced(index, 1)));
    if (index < lines.length - 1) assert.equal(brokenLine(verdict), index + 1);
    else assert.ok(verdict.kind === "intact" && verdict.head !== head);
  }
});

Deno.test("verifyAudit finds swapped, repeated and foreign lines", { permissions }, async () => {
  const { lines } = await smallLog();
  for (let a = 0; a < lines.length; a++) {
    for (let b = a + 1; b < lines.length; b++) {
      const [first = "", second = ""] = [lines[a], lines[b]];
      const swapped = lines.with(a, second).with(b, first);
      assert.equal(brokenLine(verifyAudit(join(swapped))), a + 1, `${a} and ${b}`);
    }
    const repeated = lines.toSpliced(a, 0, lines[a] ?? "");
    assert.equal(brokenLine(verifyAudit(join(repeated))), a + 2);
    const foreign = lines.toSpliced(a, 0, '{"event":"allow"}');
    assert.equal(brokenLine(verifyAudit(join(foreign))), a + 1);
  }
});

Deno.test("verifyAudit finds a line that was made again without those behind it", {
  permissions,
}, async () => {
  const { lines } = await smallLog();
  for (const [index, text] of lines.entries()) {
    const line = parseAuditLine(text);
    assert.ok(typeof line !== "string");
    const { hash: _hash, ...content } = line;
    const forged = formatAuditLine({ ...content, event: "stop", prev: line.prev }).text;
    const verdict = verifyAudit(join(lines.with(index, forged)));
    const isLast = index === lines.length - 1;
    assert.equal(brokenLine(verdict), isLast ? "intact" : index + 2);
  }
});

Deno.test("verifyAudit says what is wrong", { permissions }, async (t) => {
  const { lines, text } = await smallLog();
  const first = lines[0] ?? "";
  const renumbered = formatAuditLine({ n: 5, prev: hashOf(first), event: "stop" }).text;
  const fractional = formatAuditLine({ n: 0.5, prev: "0".repeat(64) }).text;
  const elsewhere = formatAuditLine({ n: 0, prev: "1".repeat(64), event: "start" }).text;
  const rows: readonly (readonly [string, string])[] = [
    [text.slice(0, -1), "the line is cut short"],
    ["x\n", "the line is not JSON"],
    ["\n", "the line is not JSON"],
    ["[]\n", "the line is not a record"],
    ["null\n", "the line is not a record"],
    [`${fractional}\n`, "the line is not a record"],
    [` ${first}\n`, "the line is not in canonical form"],
    [`${first}\r\n`, "the line is not in canonical form"],
    [first.replace('"event":"start"', '"event":"stop"') + "\n", "the line was changed"],
    [`${lines[1]}\n`, "the lines before it are missing"],
    [`${elsewhere}\n`, "the lines before it are missing"],
    [`${first}\n${lines[2]}\n`, "the line before it was changed or is missing"],
    [`${first}\n${renumbered}\n`, "its number is not the next one"],
  ];
  for (const [log, reason] of rows) {
    await t.step(reason, () => {
      const verdict = verifyAudit(log);
      assert.deepEqual(verdict.kind === "broken" ? verdict.reason : verdict, reason);
    });
  }
});

Deno.test("verifyAudit of nothing is intact", () => {
  assert.deepEqual(verifyAudit(""), { kind: "intact", lines: 0, head: "0".repeat(64) });
});

function hashOf(line: string): string {
  return String(JSON.parse(line).hash);
}
