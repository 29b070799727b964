import assert from "node:assert/strict";
import { type StopStep, StopSteps } from "../../../lib/cli/process/stop_signals.ts";

type Press = readonly [
  signal: "SIGINT" | "SIGTERM",
  at: number,
  warnFirst: boolean,
  step: StopStep,
];

const ROWS: readonly (readonly [what: string, ...presses: readonly Press[]])[] = [
  [
    "the first Ctrl-C stops where nobody is there to be warned",
    ["SIGINT", 0, false, "stop"],
    ["SIGINT", 1_000, false, "leave"],
    ["SIGINT", 2_000, false, "none"],
  ],
  [
    "on a terminal the first warns, the second stops, the third leaves",
    ["SIGINT", 0, true, "warn"],
    ["SIGINT", 1_000, true, "stop"],
    ["SIGINT", 2_000, true, "leave"],
    ["SIGINT", 3_000, true, "none"],
  ],
  [
    "a warning is forgotten",
    ["SIGINT", 0, true, "warn"],
    ["SIGINT", 5_001, true, "warn"],
    ["SIGINT", 10_001, true, "stop"],
  ],
  [
    "one key press that comes twice is one",
    ["SIGINT", 0, true, "warn"],
    ["SIGINT", 250, true, "none"],
    ["SIGINT", 300, true, "stop"],
    ["SIGINT", 500, true, "none"],
  ],
  [
    "SIGTERM warns nobody",
    ["SIGTERM", 0, true, "stop"],
    ["SIGTERM", 1, true, "none"],
    ["SIGTERM", 300, true, "leave"],
  ],
  [
    "SIGTERM after a warning stops at once",
    ["SIGINT", 0, true, "warn"],
    ["SIGTERM", 1, true, "stop"],
    ["SIGINT", 300, true, "leave"],
  ],
  [
    "a warning also holds when nobody is to be warned any more",
    ["SIGINT", 0, true, "warn"],
    ["SIGINT", 300, false, "stop"],
  ],
];

for (const [what, ...presses] of ROWS) {
  Deno.test(`StopSteps: ${what}`, () => {
    const steps = new StopSteps();
    for (const [signal, at, warnFirst, expected] of presses) {
      assert.equal(steps.receive(signal, at, warnFirst), expected, `${signal} at ${at}`);
    }
  });
}
