/**
 * Which options of `run` exclude each other, and what was probably meant. Pure; imports nothing beyond
 * this folder.
 * @module
 */

import type { ForbiddenPair } from "./forbidden_pairs.ts";

/** Options about how many hosts have their turn at once. */
export type RolloutOption = "-f" | "--batch" | "--canary" | "--max-fail" | "--max-lost";

/** The options in question. */
export type RunOption =
  | RolloutOption
  | "--list-hosts"
  | "--dry-run"
  | "--save"
  | "--secret"
  | "--shell"
  | "--script"
  | "--limit"
  | "--stdin";

const ROLLOUT: readonly RolloutOption[] = ["-f", "--batch", "--canary", "--max-fail", "--max-lost"];

/** The pairs, those first that are told first. */
export const RUN_PAIRS: readonly ForbiddenPair<RunOption>[] = [
  {
    pair: ["--stdin", "--save"],
    hint: "what is streamed is signed while the command runs, and --save sends nothing",
  },
  {
    pair: ["--shell", "--script"],
    hint: "--shell takes a line, --script a file; choose one",
  },
  {
    pair: ["--list-hosts", "--dry-run"],
    hint: "--list-hosts asks nobody, --dry-run asks every host; choose one",
  },
  {
    pair: ["--save", "--secret"],
    hint: "secrets are put into no file; the host can read them from one that you bring there",
  },
  {
    pair: ["--list-hosts", "--save"],
    hint: "which hosts a saved request means is found out when it is sent",
  },
  {
    pair: ["--limit", "--save"],
    hint: "choose now: --list-hosts --limit prints a set for -w",
  },
  ...ROLLOUT.flatMap((option): ForbiddenPair<RunOption>[] => [{
    pair: [option, "--save"],
    hint: "how many at once is said when it is sent: nanotrigger send --batch N FILE",
  }, {
    pair: [option, "--stdin"],
    hint: "what is streamed goes to all hosts at once; --script can be sent in parts",
  }]),
];
