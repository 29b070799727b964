import assert from "node:assert/strict";
import type { Request } from "../../../lib/envelope/statements/request.ts";
import {
  type GivenInput,
  type Outcome,
  resultType,
} from "../../../lib/envelope/statements/result.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import type { HubMessage } from "../../../lib/protocol/agent/messages.ts";
import { stateValidator } from "../../../lib/protocol/job/outcome_validation.ts";
import type { VerifiedState } from "../../../lib/protocol/job/host_state.ts";
import { InputChain } from "../../../lib/envelope/statements/input_block.ts";
import { signedBlocks } from "../../support/input_blocks.ts";
import { alice, bob, lookupOf } from "../../support/envelope_fixtures.ts";
import { requestAt, signed } from "../../support/agent/signed_request.ts";
import { resultOf } from "../../support/hub/scripted_agent.ts";
const undo: Request["undo"] = { command: "true", withinMs: 60_000 };
const ASKED: Readonly<
  Record<"run" | "undoable" | "check" | "check of undoable", Partial<Request>>
> = {
  run: {},
  undoable: { undo },
  check: { mode: "check" },
  "check of undoable": { mode: "check", undo },
};

const FITTING: readonly (readonly [outcome: Outcome, to: readonly (keyof typeof ASKED)[]])[] = [
  [{ kind: "exited", code: 0 }, ["run", "undoable"]],
  [{ kind: "signalled", signal: "SIGKILL" }, ["run", "undoable"]],
  [{ kind: "timeout" }, ["run", "undoable"]],
  [{ kind: "undone", reason: "late", code: 0, said: "" }, ["undoable"]],
  [{ kind: "allowed", rule: "ALL", summary: "it as root" }, ["check", "check of undoable"]],
  [{ kind: "refused", code: "policy", reason: "no" }, [
    "run",
    "undoable",
    "check",
    "check of undoable",
  ]],
  [{ kind: "cancelled" }, ["run", "undoable", "check", "check of undoable"]],
  [{ kind: "lost", reason: "died" }, ["run", "undoable", "check", "check of undoable"]],
];

/** What counts of `state` when a host was sent `request`. */
function told(request: Partial<Request>, state: VerifiedState): VerifiedState | undefined {
  const message: HubMessage = { kind: "sealed", envelope: signed(requestAt(0, request)).bytes };
  return stateValidator(message)(state);
}

function ended(outcome: Outcome, input?: GivenInput): VerifiedState {
  const body = {
    ...resultOf({ id: "a".repeat(32), digest: "b".repeat(64) }, "web1"),
    ...{ outcome, ...(input && { input }) },
  };
  const envelope = signEnvelope(resultType, body, [alice]);
  const result = verifyEnvelope(envelope, { payloadType: resultType, keys: lookupOf(alice) });
  return { kind: "ended", result, envelope };
}

for (const [outcome, to] of FITTING) {
  Deno.test(`stateValidator knows to what "${outcome.kind}" is an answer`, () => {
    for (const [name, request] of Object.entries(ASKED)) {
      const kind = told(request, ended(outcome))?.kind;
      const fits = to.some((each) => each === name);
      assert.equal(kind, fits ? "ended" : "lost", name);
    }
  });
}

const id = "a".repeat(32);
const exited: Outcome = { kind: "exited", code: 0 };
const nothing: GivenInput = new InputChain(0).prefix;

/** Returns what an agent reports that was given `pieces`; an empty one is the end. */
function given(pieces: readonly string[], options: { start?: number; key?: typeof bob } = {}) {
  let chain = new InputChain(options.start ?? 0);
  const blocks = signedBlocks(id, pieces, options);
  for (const { bytes } of blocks) chain = chain.plus(bytes);
  return { ...chain.prefix, signature: blocks.at(-1)?.signature.toBase64() ?? "" };
}

const part = given(["stop\n"]);
const ALL_INPUT = given(["stop\n", "start\n", ""]);

const INPUTS: readonly (readonly [
  name: string,
  from: "start" | "anywhere" | "nowhere",
  input: GivenInput | undefined,
  expected: "ended" | "lost",
])[] = [
  ["all of it", "start", ALL_INPUT, "ended"],
  ["the first part", "start", part, "ended"],
  ["none of it", "start", nothing, "ended"],
  ["the end alone", "start", given([""]), "ended"],
  ["not named", "start", undefined, "lost"],
  ["other bytes", "start", { ...part, sha256: ALL_INPUT.sha256 }, "lost"],
  ["more", "start", { ...part, bytes: 6 }, "lost"],
  ["less", "start", { ...ALL_INPUT, bytes: 5, sha256: part.sha256 }, "lost"],
  ["an end that was not signed", "start", { ...part, ended: true }, "lost"],
  ["no end though one was signed", "start", { ...ALL_INPUT, ended: false }, "lost"],
  ["signed with another key", "start", given(["stop\n"], { key: bob }), "lost"],
  ["from the middle", "start", given(["start\n"], { start: 5 }), "lost"],
  ["nothing from the middle", "start", { ...nothing, start: 5 }, "lost"],
  ["from the middle where it may", "anywhere", given(["start\n"], { start: 5 }), "ended"],
  ["from another start", "anywhere", { ...part, start: 5 }, "lost"],
  ["where there is none", "nowhere", part, "lost"],
];

for (const [name, from, input, expected] of INPUTS) {
  Deno.test(`stateValidator compares the given input with the signed one: ${name}`, () => {
    const streamed = from !== "nowhere" && { input: { key: alice.publicKey.base64, from } };
    for (const outcome of [exited, { kind: "timeout" } as const]) {
      assert.equal(told({ id, ...streamed }, ended(outcome, input))?.kind, expected);
    }
  });
}

Deno.test("stateValidator expects no input of a command that did not run", () => {
  const streamed = { input: { key: alice.publicKey.base64, from: "start" } } as const;
  for (const kind of ["cancelled", "lost"] as const) {
    const outcome: Outcome = kind === "lost" ? { kind, reason: "?" } : { kind };
    assert.equal(told({ id, ...streamed }, ended(outcome))?.kind, "ended");
  }
});

Deno.test("stateValidator lets only what can be undone wait for a confirmation", () => {
  const unconfirmed = (request: Partial<Request>) => told(request, { kind: "unconfirmed" });
  assert.equal(unconfirmed(ASKED.undoable)?.kind, "unconfirmed");
  for (const name of ["run", "check", "check of undoable"] as const) {
    assert.equal(unconfirmed(ASKED[name]), undefined, name);
  }
});

Deno.test("stateValidator passes on everything else", () => {
  for (const kind of ["pending", "delivered", "started", "skipped"] as const) {
    assert.deepEqual(told({}, { kind }), { kind });
  }
});
