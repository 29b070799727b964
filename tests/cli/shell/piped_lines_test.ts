import assert from "node:assert/strict";
import { pipedLines } from "../../../lib/cli/shell/shell_input.ts";

async function linesOf(...chunks: readonly (string | Uint8Array)[]): Promise<readonly string[]> {
  const encoder = new TextEncoder();
  const source = ReadableStream.from(
    chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk),
  );
  return await Array.fromAsync(pipedLines(source));
}

Deno.test("pipedLines yields lines however they are chunked", async () => {
  assert.deepEqual(await linesOf(), []);
  assert.deepEqual(await linesOf("one\n\nt", "wo", "\nthree"), ["one", "", "two", "three"]);
});

Deno.test("pipedLines cuts no command in two", async () => {
  await assert.rejects(linesOf("a\n", "x".repeat(65_537)), /^UserError: line 2 of stdin is longer/);
  assert.equal((await linesOf(`${"x".repeat(65_535)}\n`))[0]?.length, 65_535);
});

Deno.test("pipedLines takes UTF-8 only", async () => {
  await assert.rejects(
    linesOf("a\n", new Uint8Array([0xff, 0x0a])),
    /line 2 of stdin is not UTF-8/,
  );
});
