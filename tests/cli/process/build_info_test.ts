import assert from "node:assert/strict";
import { buildSettings, parseBuildSettings } from "../../../lib/cli/process/build_info.ts";

Deno.test("baked is empty when run from source", () => {
  assert.deepEqual(buildSettings, { keys: [], permissions: [] });
});

Deno.test("parseBaked takes what a build writes", () => {
  const data = {
    keys: ["nanoexec-ed25519 AAAA ann"],
    url: "tcp://m:1",
    permissions: ["--no-prompt"],
  };
  assert.deepEqual(parseBuildSettings(JSON.parse(JSON.stringify(data))), data);
});

Deno.test("parseBaked refuses any other shape", () => {
  const hostile: unknown[] = [
    null,
    "text",
    [],
    {},
    { keys: [] },
    { keys: "AAAA", permissions: [] },
    { keys: [1], permissions: [] },
    { keys: [], permissions: [], url: 1 },
    { keys: [], permissions: [], key: "AAAA" },
  ];
  for (const json of hostile) assert.throws(() => parseBuildSettings(json), TypeError);
});
