/**
 * Every check of the agent between a verified request and its run.
 * @module
 */

import {
  becomes,
  type CheckGroup,
  never,
  removed,
  rewritten,
  withoutOperand,
  withoutSpan,
} from "./mutant.ts";
import {
  argument,
  call,
  condition,
  conditional,
  initialValue,
  iterated,
  operand,
  returned,
  thenStatement,
  valueOf,
  whenFalse,
  whole,
  within,
} from "./selector.ts";

/** Gate and policy, and what they rely on. */
export const AGENT: readonly CheckGroup[] = [
  {
    name: "gate",
    tests: ["gate", "gate_journal", "gate_replay", "gate_execution", "gate_detach_conflicts"],
    checks: {
      "request-target": [removed("the target")],
      "trusted-key": [becomes("the key", call(), "[...$1.1.values()][0]")],
      "bad-envelope": [becomes("that a bad envelope cannot end the agent", whole, "$2")],
      "unsigned-command": [never("--insecure")],
      "unsigned-host": [
        never("the host of an unsigned command"),
        becomes("the whole name of a host", operand(1), "!$1.startsWith($2)"),
      ],
      "unsigned-time": [
        becomes("that an unsigned command tells no time", valueOf("issued"), "expires"),
      ],
      "repeated-request": [
        never("that the request came before"),
        becomes("that the request before was the same", condition, "$1 !== undefined"),
      ],
      "request-times": [never("the times")],
      "id-reused": [never("that ids are used once")],
      "policy-denial": [never("the policy")],
      "survive-allowed": [never("commands that cannot outlive the agent")],
      "dry-run": [never("the mode")],
      "gate-clock": [becomes("the clock", valueOf(), "body.issued / 1_000")],
      "gate-floor": [becomes("the floor", valueOf(), "0")],
      "gate-latest": [becomes("the greatest time obeyed", valueOf(), "0")],
      "gate-max-life": [becomes("the longest life", valueOf(), "1e9")],
      "default-max-life": [becomes("the default of the longest life", initialValue, "43_200_000")],
      "every-signer": [becomes("all signers", call(), "$1.1.slice(0, 1).flatMap($2)")],
      "journal-full": [becomes("a full journal", returned, '{ kind: "run", id, job }')],
      "journal-seen": [becomes("a request seen before", returned, '{ kind: "run", id, job }')],
      "journal-broken": [becomes("a broken journal", whole, "$1")],
      "resolved-program": [becomes("that the program judged is what runs", valueOf(), "$2")],
      "program-form": [withoutOperand("the form of a program's name", 2)],
      "not-before": [becomes("that nothing runs before it was issued", valueOf(), "0")],
      "not-after": [becomes("that nothing runs after its expiry", valueOf(), "Infinity")],
      "run-as-user": [removed("the user")],
      "run-time-limit": [becomes("the time limit", whole, "$0: 1e6")],
      "run-output-limit": [becomes("the output limit", valueOf(), "null")],
      "job-signers": [becomes("the signers", valueOf(), "[]")],
      "run-held": [removed("the hold")],
    },
  },
  {
    name: "policy",
    tests: ["policy"],
    checks: {
      "any-denial": [never("any denial")],
      "signer-options": [becomes("every signer's options", iterated, "$0.slice(0, 1)")],
      "signer-count": [never("how many signed")],
      "signers-needed": [
        becomes("that anybody signed", argument(1), "0"),
        becomes("the most demanding signer", initialValue, "Math.min($3)"),
      ],
      "key-expiry": [
        never("a key's expiry"),
        becomes("the moment of a key's expiry", operand(2), "$1 > $2"),
      ],
      "key-hosts": [never("a key's hosts")],
      "no-shell": [never("no-shell")],
      "key-users": [never("a key's users")],
      "default-user": [
        becomes("the agent's user as the default", operand(2), 'entry.users?.[0] ?? ""'),
      ],
      "key-commands": [becomes("a key's commands", operand(1), "undefined")],
      "command-words": [never("a command's words")],
      "command-variables": [
        becomes("variables", operand(2), "false"),
        withoutOperand("secrets", 1),
      ],
      "command-folder": [never("folders")],
      "command-input": [never("input")],
      "shell-argv": [becomes("the argv of a shell command", whenFalse, "[$3]")],
      "shell-name": [becomes("the name of a shell", call(2), "$1.1")],
    },
  },
  {
    name: "brought-secrets",
    tests: ["gate_execution"],
    checks: {
      "bad-secrets": [becomes("that wrong secrets cannot end the agent", whole, "$2")],
      "no-secrets": [never("that secrets came")],
    },
  },
  {
    name: "streamed-input",
    tests: ["stdin_receiver"],
    checks: {
      "input-begins": [never("that input begins at its start")],
      "input-order": [withoutOperand("that a block follows the one before", 2, condition)],
      "input-prefix": [never("the signature of all input")],
      "input-end": [
        becomes("that closed input has no end", thenStatement, "return new Uint8Array();"),
      ],
    },
  },
  {
    name: "cut-input",
    tests: ["run_command_input"],
    checks: {
      "input-cut": [removed("that a stopped command sees no end of its input")],
    },
  },
  {
    name: "directive-gate",
    tests: ["directive_gate"],
    checks: {
      "directive-target": [never("the target")],
      "directive-times": [never("the times")],
      "directive-digest": [becomes("the digest", initialValue, "job")],
      "directive-command": [never("that there is such a command")],
      "directive-key": [never("that the key may")],
      "directive-held": [never("that it is held")],
      "early-cancel-known": [never("that the command has run")],
    },
  },
  {
    name: "early-cancels",
    tests: ["directive_gate", "early_cancels"],
    checks: {
      "cancel-memory": [becomes("how long a cancel counts", initialValue, "issued")],
      "cancel-digest": [never("the digest")],
      "cancel-key": [becomes("that the key may", returned, "entry !== undefined")],
    },
  },
  {
    name: "held-jobs",
    tests: ["held_jobs"],
    checks: {
      "held-busy": [never("how many are held")],
      "held-late": [becomes("the deadline", argument(2), "signal")],
      "early-cancel": [never("an early cancel")],
      "held": [becomes("the hold", initialValue, "undefined")],
      "last-look": [never("the last look")],
    },
  },
  {
    name: "journal",
    tests: ["journal", "journal_tampering", "journal_log", "gate_replay"],
    checks: {
      "journal-replay": [removed("a request seen before")],
      "journal-capacity": [removed("how much there is")],
      "journal-eviction": [
        rewritten(
          "that nothing is evicted",
          /state = '(\$\{\w+\})' AND (expires < \?)/,
          "$2 OR '$1' = ''",
        ),
      ],
      "journal-clocks": [
        becomes("that clocks differ", initialValue, "$1"),
        becomes("signed time", initialValue, "$1.2 - $2"),
      ],
      "journal-latest": [removed("the greatest time obeyed")],
      "journal-acknowledged": [
        rewritten("that only what has ended is acknowledged", / AND state = 'ended'/, ""),
      ],
      "journal-stamp": [becomes("its stamp", operand(2), "true")],
      "journal-log": [becomes("its log", within(whenFalse, call()), "new $1($2)")],
      "journal-floor": [becomes("the floor of a new journal", conditional, "0")],
      "floor-after-step": [
        becomes("a clock that was set right", returned, "$2"),
        becomes("a clock that was set wrong", returned, "$3"),
      ],
      "journal-token": [becomes("the token", argument(1), "() => {}")],
    },
  },
  {
    name: "file-stamp",
    tests: ["file_stamp", "journal_tampering"],
    checks: {
      "stamp-token": [withoutSpan("the token", 1)],
      "stamp-file": [
        withoutSpan("the inode", 1),
        withoutSpan("the time of the last change", 3),
      ],
    },
  },
  {
    name: "trust-store",
    tests: ["trust_store"],
    checks: {
      "revoked-key": [removed("revoked keys")],
      "same-key-options": [never("other options of the same key")],
      "last-reading": [becomes("the last of several readings", whole, "$2")],
      "failed-reading": [becomes("a failed reading", initialValue, "this.#entries")],
      "trust-file": [becomes("that a given file is there", whole, 'return $1.1 ?? "";')],
    },
  },
  {
    name: "turn",
    tests: ["runner"],
    checks: {
      "run-early": [becomes("that nothing runs before its time", whole, "$1.1 = 0;")],
      "clock-set-back": [never("a clock that was set back")],
      "run-late": [becomes("that nothing runs after its time", whenFalse, "undefined")],
      "wait-late": [becomes("that nothing waits after its time", argument(1), "signal")],
      "slot-busy": [never("slots")],
    },
  },
  {
    name: "agent",
    tests: ["agent_faults", "agent"],
    checks: {
      "run-recorded": [becomes("the record", whole, "$2")],
      "agent-closing": [becomes("that the agent is closing", whole, "$2")],
      "refusal-kept": [
        becomes("that refusals are not kept", returned, "runner.finish($2, $3, $4)"),
      ],
    },
  },
  {
    name: "link",
    tests: ["hub_sessions"],
    checks: {
      "welcome-first": [becomes("the welcome", whole, "$3")],
      "second-welcome": [never("a second welcome")],
    },
  },
];
