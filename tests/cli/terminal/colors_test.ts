import assert from "node:assert/strict";
import { type ColorEnvironment, paint, usesColor } from "../../../lib/cli/terminal/colors.ts";

Deno.test("usesColor follows NO_COLOR, CLICOLOR and the terminal", () => {
  const rows: readonly (readonly [ColorEnvironment, onTerminal: boolean, inPipe: boolean])[] = [
    [{}, true, false],
    [{ TERM: "xterm" }, true, false],
    [{ TERM: "dumb" }, false, false],
    [{ NO_COLOR: "1" }, false, false],
    [{ NO_COLOR: "" }, true, false],
    [{ CLICOLOR: "0" }, false, false],
    [{ CLICOLOR: "1" }, true, false],
    [{ CLICOLOR_FORCE: "1" }, true, true],
    [{ CLICOLOR_FORCE: "0" }, true, false],
    [{ CLICOLOR_FORCE: "" }, true, false],
    [{ CLICOLOR_FORCE: "1", CLICOLOR: "0", TERM: "dumb" }, true, true],
    [{ CLICOLOR_FORCE: "1", NO_COLOR: "1" }, false, false],
  ];
  for (const [env, onTerminal, inPipe] of rows) {
    assert.equal(usesColor(env, true), onTerminal, JSON.stringify(env));
    assert.equal(usesColor(env, false), inPipe, JSON.stringify(env));
  }
});

Deno.test("paint colours only when it is told to", () => {
  assert.equal(paint("error:", "error", false), "error:");
  assert.equal(paint("error:", "error", true), "\x1b[1;31merror:\x1b[0m");
});
