/**
 * A host that prints a line without an end: however long it is, only a bounded part of it is in
 * memory.
 * @module
 */
import assert from "node:assert/strict";
import type { OutputFormat } from "../../../lib/cli/args/output_options.ts";
import { choosePresenter } from "../../../lib/cli/present/result_presenters.ts";
import { Terminal } from "../../../lib/cli/terminal/terminal.ts";
import { DEFAULTS } from "../args/command_lines.ts";

const LIMIT = 1_048_576;
const CHUNK = new Uint8Array(65_536).fill(0x78);
const LENGTH = 536_870_912;
/** Half of the line, whatever the collector has not come to yet; it is no more for a line of 1 GiB. */
const ALLOWED = LENGTH / 2;

const FORMATS: Readonly<Record<string, OutputFormat>> = {
  "line by line": { kind: "lines" },
  "-b": { kind: "gathered", fold: true, headers: true, withStderr: false },
  "--diff": { kind: "diff", reference: "majority", withStderr: false },
  "-j": { kind: "json" },
  "--jsonl": { kind: "jsonl" },
};

/** A terminal that looks at nothing, and counts. */
function countingTerminal() {
  const counted = { bytes: 0 };
  const stream = {
    isTerminal: () => true,
    write: (bytes: Uint8Array) => {
      counted.bytes += bytes.length;
      return Promise.resolve(bytes.length);
    },
  };
  const options = { program: "prog", stdout: stream, stderr: stream, env: { NO_COLOR: "1" } };
  return { terminal: new Terminal(options), counted };
}

function inUse(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

for (const [name, format] of Object.entries(FORMATS)) {
  Deno.test({
    name: `a line without an end fills no memory: ${name}`,
    timeout: 60_000,
    async fn() {
      const { terminal, counted } = countingTerminal();
      const presenter = choosePresenter({ ...DEFAULTS.output, format }, terminal, LIMIT);
      const before = inUse();
      let most = 0;
      for (let sent = 0; sent < LENGTH; sent += CHUNK.length) {
        await presenter.output("web1", "stdout", CHUNK);
        most = Math.max(most, inUse() - before);
      }
      presenter.ended("web1", { outcome: { kind: "exited", code: 0 }, droppedBytes: 0 });
      await presenter.finish({ job: "1234", exitStatus: 0 });
      await terminal.flush();
      assert.ok(most < ALLOWED, `${most} bytes more were in use`);
      const isStreamed = format.kind === "lines" || format.kind === "jsonl";
      if (isStreamed) assert.ok(counted.bytes >= LENGTH);
      else assert.ok(counted.bytes < 16 * LIMIT, `${counted.bytes} bytes were shown`);
    },
  });
}
