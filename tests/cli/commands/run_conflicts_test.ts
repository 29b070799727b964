import { RUN_CONFLICTS, type RunOption } from "../../../lib/cli/commands/run_conflicts.ts";
import { assertRefused, parse } from "../args/command_lines.ts";

/** How each option is written, with what it needs to make sense by itself. */
const WORDS: Readonly<Record<RunOption, readonly string[]>> = {
  "-f": ["-f", "2"],
  "--batch": ["--batch", "2"],
  "--canary": ["--canary", "1"],
  "--max-fail": ["--max-fail", "1"],
  "--max-lost": ["--max-lost", "1"],
  "--async": ["--async"],
  "--listen": ["--listen", "tcp://127.0.0.1:1"],
  "--confirm": ["--undo", "true", "--confirm"],
  "--list-hosts": ["--list-hosts"],
  "--dry-run": ["--dry-run"],
  "--save": ["--save", "file"],
  "--secret": ["--secret", "NAME=@file"],
  "--shell": ["--shell"],
  "--script": ["--script", "file"],
  "--limit": ["--limit", "1"],
  "--stdin": ["--stdin", "file"],
  "-n": ["-n"],
  "--survive": ["--survive"],
  "--undo": ["--undo", "true"],
};

for (const { pair: [first, second], hint } of RUN_CONFLICTS) {
  Deno.test(`run says what was meant by ${first} with ${second}`, () => {
    const words = ["run", "-w", "a", ...WORDS[first], ...WORDS[second], "x"];
    assertRefused(parse, [[words, `${first} and ${second} do not go together`, hint]]);
  });
}
