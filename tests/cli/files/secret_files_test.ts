import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { readSecrets } from "../../../lib/cli/files/request_attachments.ts";

const permissions: Deno.PermissionOptionsObject = { read: true, write: true };

/** Runs `action` with the path of a file with this content. */
async function withFile(
  content: Uint8Array | string,
  action: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(path, bytes);
    await action(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test(
  "readSecrets reads values without the line end behind them",
  { permissions },
  async () => {
    const rows: readonly (readonly [string, string])[] = [
      ["hunter2\n", "hunter2"],
      ["hunter2\r\n", "hunter2"],
      ["hunter2", "hunter2"],
      ["two\nlines\n\n", "two\nlines\n"],
      [" spaces ", " spaces "],
      ["a".repeat(4_096), "a".repeat(4_096)],
    ];
    for (const [content, value] of rows) {
      await withFile(content, async (path) => {
        assert.deepEqual(await readSecrets({ PW: path }), { PW: value });
      });
    }
    assert.equal(await readSecrets({}), undefined);
  },
);

Deno.test("readSecrets refuses what cannot be a secret, without showing it", {
  permissions,
}, async () => {
  const rows: readonly (readonly [Uint8Array | string, RegExp])[] = [
    ["", /^secret is shorter than 4 bytes: /],
    ["abc\n", /^secret is shorter than 4 bytes: /],
    ["a".repeat(4_097), /^secret is longer than 4096 bytes: /],
    ["abcdef\0", /^secret is not text: /],
    [Uint8Array.of(0xff, 0xfe, 0x61, 0x62), /^secret is not text: /],
  ];
  for (const [content, message] of rows) {
    await withFile(content, async (path) => {
      await assert.rejects(() => readSecrets({ PW: path }), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        return true;
      });
    });
  }
  await assert.rejects(() => readSecrets({ PW: "/nx/none" }), /no such secret: \/nx\/none/);
});
