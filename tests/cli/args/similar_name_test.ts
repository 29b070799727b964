import assert from "node:assert/strict";
import { similarName } from "../../../lib/cli/args/similar_name.ts";

const OPTIONS = ["--host", "--group", "--gather", "--gatherall", "--list-hosts", "--log-format"];
const COMMANDS = ["run", "shell", "copy", "hosts", "hosts forget", "key", "keygen", "man"];

Deno.test("similarName finds only near names", () => {
  const rows: readonly (readonly [typed: string, names: readonly string[], near?: string])[] = [
    ["--hots", OPTIONS, "--host"],
    ["--hos", OPTIONS, "--host"],
    ["--gahter", OPTIONS, "--gather"],
    ["--gatheral", OPTIONS, "--gatherall"],
    ["-gather", OPTIONS, "--gather"],
    ["--list_hosts", OPTIONS, "--list-hosts"],
    ["--list-host", OPTIONS, "--list-hosts"],
    ["--log-f", OPTIONS, "--log-format"],
    ["--gath", OPTIONS],
    ["--wrong", OPTIONS],
    ["--xyzzy", OPTIONS],
    ["--help", OPTIONS],
    ["-x", OPTIONS],
    ["rnu", COMMANDS, "run"],
    ["runn", COMMANDS, "run"],
    ["cpy", COMMANDS, "copy"],
    ["hots", COMMANDS, "hosts"],
    ["keygne", COMMANDS, "keygen"],
    ["x", COMMANDS],
    ["web", COMMANDS],
    ["", COMMANDS],
  ];
  for (const [typed, names, near] of rows) assert.equal(similarName(typed, names), near, typed);
});
