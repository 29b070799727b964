import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { AUDIT_GENESIS_HASH, AuditLog, verifyAudit } from "../../../lib/agent/records/audit_log.ts";
import { inFastFolder } from "../../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

Deno.test("AuditLog chains its lines and goes on with the chain", { permissions }, async () => {
  await inLog((path) => {
    const heads = [AUDIT_GENESIS_HASH];
    for (const event of ["start", "stop"] as const) {
      using log = new AuditLog({ path, now: () => 7 });
      log.append({ event, name: "web1" });
      heads.push(log.head);
    }
    const lines = linesOf(path);
    assert.deepEqual(lines, [
      { n: 0, t: 7, prev: heads[0], event: "start", name: "web1", hash: heads[1] },
      { n: 1, t: 7, prev: heads[1], event: "stop", name: "web1", hash: heads[2] },
    ]);
    assert.deepEqual(verifyAudit(Deno.readTextFileSync(path)), {
      kind: "intact",
      lines: 2,
      head: heads[2],
    });
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("AuditLog keeps strange text on one line", { permissions }, async () => {
  await inLog((path) => {
    using log = new AuditLog({ path });
    log.append({ event: "bad", reason: 'a\nb\r\u2028\u001b[2J","event":"allow" \ud800 \u202e' });
    log.append({ event: "bad", reason: { nested: [1, null, "\0"] } });
    const text = Deno.readTextFileSync(path);
    assert.equal(text.split("\n").length, 3);
    assert.equal(verifyAudit(text).kind, "intact");
  });
});

Deno.test("AuditLog sets full files aside and keeps the chain", { permissions }, async () => {
  await inLog((path) => {
    for (let process = 0; process < 3; process++) {
      using log = new AuditLog({ path, maxBytes: 700 });
      for (let n = 0; n < 4; n++) log.append({ event: "bad", reason: "x".repeat(100) });
    }
    const files = Array.from({ length: 20 }, (_, at) => `${path}.${at + 1}`).filter(exists);
    assert.equal(files.length >= 3, true);
    const texts = [...files, path].map((file) => Deno.readTextFileSync(file));
    for (const text of texts) assert.equal(verifyAudit(text).kind, "intact");
    const verdict = verifyAudit(texts.join(""));
    assert.ok(verdict.kind === "intact");
    assert.equal(texts.join("").match(/"event":"bad"/g)?.length, 12);
    assert.match(
      texts[1] ?? "",
      /^{"n":\d+,"t":\d+,"prev":"[0-9a-f]{64}","event":"rotate","earlier":"audit.jsonl.1"/,
    );
    const broken = verifyAudit(texts.toSpliced(1, 1).join(""));
    assert.ok(broken.kind === "broken");
    assert.equal(broken.reason, "the line before it was changed or is missing");
  });
});

Deno.test("AuditLog goes on after a crash between setting aside and the next line", {
  permissions,
}, async () => {
  for (const remainder of ["nothing", "an empty file", "a torn line"]) {
    await inLog((path) => {
      let head: string;
      {
        using log = new AuditLog({ path });
        log.append({ event: "start" });
        head = log.head;
      }
      Deno.renameSync(path, `${path}.1`);
      if (remainder === "an empty file") Deno.writeTextFileSync(path, "");
      if (remainder === "a torn line") Deno.writeTextFileSync(path, '{"n":1,"t":');
      using log = new AuditLog({ path });
      assert.equal(log.head, head);
      log.append({ event: "stop" });
      const text = Deno.readTextFileSync(`${path}.1`) + Deno.readTextFileSync(path);
      assert.equal(verifyAudit(text).kind, "intact", remainder);
      assert.equal(verifyAudit(Deno.readTextFileSync(path)).kind, "intact", remainder);
    });
  }
});

Deno.test("AuditLog takes away a last line that a crash cut short", { permissions }, async () => {
  await inLog((path) => {
    {
      using log = new AuditLog({ path });
      log.append({ event: "start" });
    }
    const whole = Deno.readTextFileSync(path);
    for (const torn of ['{"n":1', "\0\0\0\0", "{", whole.trimEnd()]) {
      Deno.writeTextFileSync(path, whole + torn);
      using log = new AuditLog({ path });
      assert.equal(Deno.readTextFileSync(path), whole);
      log.append({ event: "stop" });
      assert.equal(verifyAudit(Deno.readTextFileSync(path)).kind, "intact");
    }
  });
});

Deno.test("AuditLog does not go on with a chain that it cannot read", { permissions }, async () => {
  await inLog((path) => {
    for (const last of ["not JSON", "{}", "null", '{"n":0,"prev":"x","hash":"y"}', " "]) {
      Deno.writeTextFileSync(path, `${last}\n`);
      assert.throws(() => new AuditLog({ path }), UserError, last);
    }
  });
});

Deno.test("AuditLog finds its last line behind long ones", { permissions }, async () => {
  await inLog((path) => {
    let head = "";
    for (let n = 0; n < 3; n++) {
      using log = new AuditLog({ path });
      log.append({ event: "bad", reason: "x".repeat(900_000) });
      head = log.head;
    }
    using log = new AuditLog({ path });
    assert.equal(log.head, head);
  });
});

Deno.test("AuditLog that could not be written is whole, and goes on when it can", {
  permissions,
}, async () => {
  await inLog((path) => {
    using log = new AuditLog({ path });
    log.append({ event: "start" });
    const [head, text] = [log.head, Deno.readTextFileSync(path)];
    using _full = failingWrites();
    assert.throws(() => log.append({ event: "bad" }), /no space left/);
    assert.deepEqual([log.head, Deno.readTextFileSync(path)], [head, text]);
    _full[Symbol.dispose]();
    log.append({ event: "stop" });
    const verdict = verifyAudit(Deno.readTextFileSync(path));
    assert.deepEqual(verdict, { kind: "intact", lines: 2, head: log.head });
  });
});

Deno.test("AuditLog whose new file could not be begun begins it later", {
  permissions,
}, async () => {
  await inLog((path) => {
    using log = new AuditLog({ path, maxBytes: 1 });
    log.append({ event: "start" });
    {
      using _full = failingWrites();
      for (let n = 0; n < 3; n++) assert.throws(() => log.append({ event: "bad" }), /no space/);
    }
    log.append({ event: "stop" });
    const text = Deno.readTextFileSync(`${path}.1`) + Deno.readTextFileSync(path);
    const verdict = verifyAudit(text);
    assert.deepEqual(verdict, { kind: "intact", lines: 3, head: log.head });
  });
});

Deno.test("AuditLog that could not set its file aside tries again", {
  permissions,
}, async () => {
  await inLog((path) => {
    using log = new AuditLog({ path, maxBytes: 1 });
    log.append({ event: "start" });
    const whole = Deno.openSync;
    Deno.openSync = () => {
      throw new Error("too many open files");
    };
    try {
      assert.throws(() => log.append({ event: "bad" }), /too many/);
    } finally {
      Deno.openSync = whole;
    }
    assert.deepEqual([exists(path), exists(`${path}.1`)], [true, false]);
    log.append({ event: "stop" });
    const text = Deno.readTextFileSync(`${path}.1`) + Deno.readTextFileSync(path);
    assert.deepEqual(verifyAudit(text), { kind: "intact", lines: 3, head: log.head });
  });
});

/** Makes every file accept three bytes of each write and then no more, as on a full disk. */
function failingWrites(): Disposable {
  const whole = Deno.FsFile.prototype.writeSync;
  let written = false;
  Deno.FsFile.prototype.writeSync = function (bytes) {
    if (written) throw new Deno.errors.WriteZero("no space left on device");
    written = true;
    return whole.call(this, bytes.subarray(0, 3));
  };
  return {
    [Symbol.dispose]() {
      Deno.FsFile.prototype.writeSync = whole;
    },
  };
}

function linesOf(path: string): unknown[] {
  return Deno.readTextFileSync(path).trimEnd().split("\n").map((line) => JSON.parse(line));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function inLog(act: (path: string) => void): Promise<void> {
  await inFastFolder((folder) => act(`${folder}/audit.jsonl`));
}
