/**
 * The options of `run` that exclude each other, each pair with a hint.
 * @module
 */

import type { OptionConflict } from "../args/usage_checks.ts";

/** Options for the number of hosts that run at the same time. */
export type RolloutOption = "-f" | "--batch" | "--canary" | "--max-fail" | "--max-lost";

/** The options that have conflicts. */
export type RunOption =
  | RolloutOption
  | "--async"
  | "--listen"
  | "--confirm"
  | "--list-hosts"
  | "--dry-run"
  | "--save"
  | "--secret"
  | "--shell"
  | "--script"
  | "--limit"
  | "--stdin"
  | "-n"
  | "--survive"
  | "--undo";

const ROLLOUT_OPTIONS: readonly RolloutOption[] = [
  "-f",
  "--batch",
  "--canary",
  "--max-fail",
  "--max-lost",
];

/** The conflicting pairs. The first conflict is reported. */
export const RUN_CONFLICTS: readonly OptionConflict<RunOption>[] = [
  {
    pair: ["--stdin", "--save"],
    hint: "what is streamed is signed while the command runs, and --save sends nothing",
  },
  {
    pair: ["-n", "--stdin"],
    hint: "-n has commands read nothing, --stdin has them read a file; choose one",
  },
  {
    pair: ["--survive", "--stdin"],
    hint: "what is streamed comes from the agent, and ends with it; copy the file there first",
  },
  {
    pair: ["--survive", "--secret"],
    hint: "what it prints goes to the host's disk; have it read the secret from a file there",
  },
  {
    pair: ["--survive", "--undo"],
    hint: "what can be undone is undone when the agent ends; choose one",
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
  {
    pair: ["--async", "--listen"],
    hint: "--async leaves the job to a hub that runs by itself: nanotrigger hub",
  },
  {
    pair: ["--async", "--stdin"],
    hint: "what is streamed is read here while the command runs; --script can be left to the hub",
  },
  {
    pair: ["--async", "--save"],
    hint: "--save sends nothing; send what was saved later",
  },
  {
    pair: ["--async", "--list-hosts"],
    hint: "--list-hosts prints the hosts and runs nothing",
  },
  {
    pair: ["--async", "--confirm"],
    hint: "nobody is there who could see how it ends; use nanotrigger confirm later",
  },
  ...ROLLOUT_OPTIONS.flatMap((option): OptionConflict<RunOption>[] => [{
    pair: [option, "--save"],
    hint: "how many at once is said when it is sent: nanotrigger send --batch N FILE",
  }, {
    pair: ["--async", option],
    hint: "somebody must be there to give hosts their turns; run it inside tmux or with nohup",
  }, {
    pair: [option, "--stdin"],
    hint: "what is streamed goes to all hosts at once; --script can be sent in parts",
  }]),
];
