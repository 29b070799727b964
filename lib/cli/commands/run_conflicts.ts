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
    hint: "use --stdin without --save: input is signed while the command runs",
  },
  {
    pair: ["-n", "--stdin"],
    hint: "choose one: -n sends no input, --stdin sends a file",
  },
  {
    pair: ["--survive", "--stdin"],
    hint: "copy the file to the hosts first: streamed input ends with the agent",
  },
  {
    pair: ["--survive", "--secret"],
    hint: "read the secret from a file on the host: the output is stored on its disk",
  },
  {
    pair: ["--survive", "--undo"],
    hint: "choose one: an agent that ends undoes the change",
  },
  {
    pair: ["--shell", "--script"],
    hint: "choose one: --shell takes a command line, --script a file",
  },
  {
    pair: ["--list-hosts", "--dry-run"],
    hint: "choose one: --list-hosts resolves the target, --dry-run asks every host",
  },
  {
    pair: ["--save", "--secret"],
    hint: "store the secret on the hosts: saved requests hold no secrets",
  },
  {
    pair: ["--list-hosts", "--save"],
    hint: "choose one: the target of a saved request is resolved when it is sent",
  },
  {
    pair: ["--limit", "--save"],
    hint: "choose the hosts now: --list-hosts --limit prints a set for -w",
  },
  {
    pair: ["--async", "--listen"],
    hint: "start a hub for --async: nanotrigger hub",
  },
  {
    pair: ["--async", "--stdin"],
    hint: "use --script: streamed input is read here while the command runs",
  },
  {
    pair: ["--async", "--save"],
    hint: "use --save without --async: it sends nothing",
  },
  {
    pair: ["--async", "--list-hosts"],
    hint: "use --list-hosts without --async: it runs nothing",
  },
  {
    pair: ["--async", "--confirm"],
    hint: "confirm the change later: nanotrigger confirm",
  },
  ...ROLLOUT_OPTIONS.flatMap((option): OptionConflict<RunOption>[] => [{
    pair: [option, "--save"],
    hint: "set it when you send the request: nanotrigger send --batch N FILE",
  }, {
    pair: ["--async", option],
    hint: "use tmux or nohup: a rollout needs this program until it ends",
  }, {
    pair: [option, "--stdin"],
    hint: "use --script: streamed input goes to all hosts at once",
  }]),
];
