/**
 * The checks of the hub against whoever reaches its port.
 * @module
 */

import { becomes, type CheckGroup, never, removed, withoutOperand } from "./mutant.ts";
import {
  argument,
  condition,
  conditional,
  initialValue,
  operand,
  returned,
  valueOf,
  whenFalse,
  whenTrue,
  whole,
} from "./selector.ts";

/** Sessions, the registry and the answers of agents. */
export const HUB: readonly CheckGroup[] = [
  {
    name: "strangers",
    tests: ["unauthenticated_peers"],
    checks: {
      "peer-count": [
        becomes("how many peers may stay", conditional, "$1 ? $3 : $3"),
        becomes("how many peers there may be", whenFalse, "Infinity"),
      ],
      "peer-deadline": [removed("that late peers leave by a timer")],
      "peer-messages": [becomes("how many messages a peer may send", operand(2), "false")],
    },
  },
  {
    name: "operator-desk",
    tests: ["flood"],
    checks: {
      "operator-flood": [never("how many messages an unauthenticated peer may send")],
      "operator-survey": [removed("that the message is a survey")],
    },
  },
  {
    name: "operator-access",
    tests: ["operator_access"],
    checks: {
      "unsigned-key": [becomes("that unsigned commands take a free key", conditional, "undefined")],
      "list-right": [becomes("the right to list jobs", conditional, "undefined")],
      "job-right": [becomes("the right to a job", condition, "true")],
      "others-jobs": [becomes("the right to jobs of others", condition, "true")],
      "own-job": [
        withoutOperand("the right to own jobs", 1),
        withoutOperand("that the job is an own one", 2),
      ],
      "operator-right": [becomes("the rights of the key", returned, "true")],
      "input-owner": [never("that input is provided by the job's operators")],
    },
  },
  {
    name: "operator-rights",
    tests: ["operator_rights"],
    checks: {
      "every-call": [becomes("that the key is still trusted", initialValue, "undefined")],
      "call-rights": [becomes("the rights for calls", initialValue, "undefined")],
      "unsigned-submit": [becomes("that a job may be unsigned", initialValue, "undefined")],
      "submitted-before": [never("that a job of others is not read by submitting it again")],
      "readable-jobs": [becomes("that jobs of others are hidden", condition, "true")],
      "job-owner": [becomes("whose job it is", returned, "true")],
      "verified-owner": [becomes("that signatures of owners are verified", whenTrue, "claimed")],
      "expired-session": [never("that the key expires during a session")],
      "changed-rights": [becomes("that the rights change", condition, "true")],
      "login-nonce": [never("that the login is for this connection")],
      "second-login": [never("that a connection takes one login")],
      "expired-login": [never("that the key has not expired")],
      "expiry-timer": [becomes("that a silent session ends", condition, "false")],
      "directive-job": [never("that the directive is about this job")],
      "owner-directive": [
        withoutOperand("that signatures of known keys are verified", 1),
        withoutOperand("that only the hub's owner uses unknown keys", 2),
        withoutOperand("that an unknown key is one of the job", 3),
      ],
      "directive-expiry": [becomes("that the key has not expired", initialValue, "signers")],
      "directive-right": [becomes("that the key may direct the job", condition, "true")],
    },
  },
  {
    name: "remote-login",
    tests: ["flood"],
    checks: {
      "remote-login": [becomes("that remote operators log in", valueOf("loginRequired"), "false")],
    },
  },
  {
    name: "hub-trust",
    tests: ["hub_trust", "key_restrictions"],
    checks: {
      "default-rights": [
        becomes("that keys have own jobs by default", argument(1), "$1 ?? HUB_RIGHTS"),
      ],
      "restricted-rights": [becomes("that restricted keys have own jobs", condition, "true")],
      "failed-hub-trust": [becomes("that a bad file trusts nobody", initialValue, "this.#loaded")],
      "own-file-gone": [never("that the own file is not gone")],
      "own-file-alone": [becomes("that the own file decides alone", valueOf("baked"), "baked")],
      "rights-of-hubs": [never("that agents refuse rights at a hub")],
    },
  },
  {
    name: "agent-desk",
    tests: ["agent_listener"],
    checks: {
      "hello-nonce": [withoutOperand("the nonce", 1)],
      "peer-evicted": [removed("that unauthenticated peers give way")],
      "facts-bytes": [never("how long the facts of an agent may be")],
      "agent-flood": [never("how many messages an unauthenticated peer may send")],
      "hello-first": [never("that a hello comes first")],
      "wrong-key": [becomes("another key", whole, "if ($1) return;")],
    },
  },
  {
    name: "hello-budget",
    tests: ["hello_budget"],
    checks: {
      "hello-bytes": [never("how much memory all hellos may take")],
      "hello-address": [never("how much memory the hellos of one address may take")],
    },
  },
  {
    name: "host-registry",
    tests: ["host_registry"],
    checks: {
      "known-agent": [becomes("since when an agent is known", returned, "true")],
      "address-names": [never("how many new names of an address are recorded")],
    },
  },
  {
    name: "host-budgets",
    tests: ["host_table", "retention"],
    checks: {
      "host-count": [never("how many hosts are recorded")],
      "host-facts": [never("how many bytes of facts are recorded")],
      "host-bytes": [becomes("that hosts push out no job", returned, "this.#keepBytes")],
    },
  },
  {
    name: "peer-budget",
    tests: ["fair_set", "incomplete_pool", "peer_budget", "read_turns"],
    checks: {
      "fair-address": [never("that the address with the most gives way")],
      "incomplete-bytes": [becomes("how many bytes of incomplete messages", condition, "false")],
      "connection-count": [never("how many connections there may be")],
      "unknown-peers": [becomes("that a part is kept for known peers", condition, "true")],
      "read-slice": [never("that turns leave time for others")],
      "read-tokens": [never("how many messages a peer may send")],
      "read-turn": [removed("that a peer gets another turn")],
    },
  },
  {
    name: "roster",
    tests: ["roster"],
    checks: {
      "attached-key": [withoutOperand("the key of the attached agent", 2)],
      "pinned-key": [never("the pinned key")],
    },
  },
  {
    name: "hub",
    tests: ["dispatcher"],
    checks: {
      "keys-kept": [removed("that the keys of the targets are kept")],
    },
  },
  {
    name: "fitting-answers",
    tests: ["outcome_validation"],
    checks: {
      "dry-run-answer": [becomes("that the command was run", whenTrue, "undefined")],
      "real-run-answer": [becomes("that the command was not run", whenFalse, "undefined")],
      "rollback-answer": [becomes("what is rolled back", whenFalse, "undefined")],
      "unconfirmed-answer": [becomes("what waits for confirmation", conditional, "$2")],
      "rollback-mode": [withoutOperand("that only runs are rolled back", 1)],
      "answer-kind": [becomes("what was asked", whole, "$2")],
      "input-named": [becomes("that a result names the input", whenTrue, "undefined")],
      "input-start": [becomes("that the input starts at the start", initialValue, "true")],
      "input-given": [becomes("the proof of the input", whole, "return undefined;")],
    },
  },
  {
    name: "versions",
    tests: [
      "version",
      "outdated_hub",
      "agent_listener",
      "hub_sessions",
      "early_leavers",
      "operator_session",
      "capability_check",
    ],
    checks: {
      "oldest-protocol": [becomes("the oldest protocol", conditional, "common")],
      "unknown-fields": [never("how many unknown fields there may be")],
      "outdated-agent": [never("the protocol of an agent")],
      "outdated-hub": [never("the protocol of a hub, at an agent")],
      "outdated-hub-daemon": [
        withoutOperand("the protocol of a hub, at an operator", 2, condition),
      ],
      "outdated-operator": [never("the protocol of an operator's program")],
      "early-addresses": [never("how many addresses are counted")],
      "capability": [never("what an agent can do")],
    },
  },
  {
    name: "remote-job",
    tests: ["remote_job_trust"],
    checks: {
      "believed-skip": [never("skips that a hub invents")],
      "latest-start": [becomes("until when it can run", returned, "state")],
    },
  },
  {
    name: "job",
    tests: ["job", "job_held"],
    checks: {
      "late-host": [removed("that a late host is called")],
      "roll-call": [
        withoutOperand("that only hosts without an answer are called", 1),
        becomes("that one timer calls all", whole, "if ($1.1) return; $1.2.1;"),
      ],
      "cancelled-release": [never("that a cancelled host gets no release")],
      "released-host": [removed("that a released host is called")],
      "delivery-deadline": [removed("the deadline of delivery")],
      "run-deadline": [removed("the deadline of the run")],
    },
  },
];
