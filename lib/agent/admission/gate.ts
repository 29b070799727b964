/**
 * Checks every message that asks the agent to run a command: the only way into the agent. The order
 * of the checks is part of their safety. Nothing is trusted before its signature is verified. An
 * unauthenticated peer learns nothing. No command runs before its request is on disk.
 *
 * The order is: size and form, type, key known, signature, rules of the body (all verified on
 * opening the envelope); then target, replay, freshness, policy, detach conflicts, secrets,
 * journal. The agent adds the audit log. For a dry run the gate answers with a summary instead. For
 * `--splay` it computes the delay of this host.
 * @module
 */
import { createHash } from "node:crypto";
import { type Clock, systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import type { UnsignedCommand } from "../../protocol/agent/messages.ts";
import { type Verified, verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import { type Request, requestType, type Run } from "../../envelope/statements/request.ts";
import { decodeSecrets, type SecretValues } from "../../envelope/statements/secrets.ts";
import { checkProgramName } from "../../envelope/trust/command_pattern.ts";
import { checkFreshness, MAX_REQUEST_LIFE_MS } from "../../envelope/trust/freshness.ts";
import type { TrustedKey } from "../../envelope/trust/trust_file.ts";
import { matchesTarget, parseSignedTarget, type TargetNode } from "../../nodeset/mod.ts";
import { LEGACY_ALL_HOSTS, legacyDigest } from "../../protocol/legacy_command.ts";
import { checkDetachConflicts, type ExecFailure } from "../exec/command.ts";
import { findInterpreter } from "../exec/script.ts";
import type { AcceptedRequest, Journal } from "../records/journal.ts";
import { type Admission, type AdmittedJob, FOR_ANOTHER_HOST, type Refusal } from "./admission.ts";
import { decidePolicy, type PolicyContext, type PolicyDecision } from "./policy.ts";
import type { TrustStore } from "./trust_store.ts";

/** Options of a gate. */
export interface GateOptions {
  /** The agent's own name and facts; the name is compared exactly. */
  readonly node: TargetNode;
  /** The trusted keys. */
  readonly trust: TrustStore;
  /** Stores requests and their results. */
  readonly journal: Journal;
  /** Whether unsigned commands may run. */
  readonly insecure: boolean;
  /** The longest lifetime of a request, in milliseconds. */
  readonly maxLifeMs?: number;
  /** The host's part of the policy context. */
  readonly policy: Pick<PolicyContext, "ownUser" | "resolve">;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

/** The time limit of an unsigned command: a day, in milliseconds. */
const UNSIGNED_TIMEOUT_MS = 86_400_000;
/** The default for the longest lifetime of a request: a day, in milliseconds. */
const MAX_LIFE_MS = MAX_REQUEST_LIFE_MS; // check: default-max-life
/** How long the id of an unsigned command is remembered, in milliseconds. */
const UNSIGNED_LIFE_MS = 300_000;

/** Checks every message that asks the agent to run a command. */
export class Gate {
  readonly #options: GateOptions;
  readonly #clock: Clock;

  /** Creates a gate. */
  constructor(options: GateOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Checks a signed request and its secrets. Never throws on bytes of an unauthenticated peer. */
  checkSigned(envelope: Uint8Array, secrets?: Uint8Array): Admission {
    try {
      const request = verifyEnvelope(envelope, {
        payloadType: requestType,
        keys: (keyid) => this.#options.trust.get(keyid)?.key, // check: trusted-key
      });
      // check: request-target
      if (!this.#isForThisHost(request.body)) return { kind: "ignore", reason: FOR_ANOTHER_HOST };
      const { body: { id }, digest } = request;
      return this.#withJournal({ id, digest }, () => this.#checkRequest(request, secrets));
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error; // check: bad-envelope
      return { kind: "ignore", reason: error.message };
    }
  }

  /** Checks an unsigned (legacy) command. Never throws on bytes of an unauthenticated peer. */
  checkUnsigned({ id, host, command }: Omit<UnsignedCommand, "kind">): Admission {
    const { node, insecure } = this.#options;
    // check: unsigned-command
    if (!insecure) {
      return { kind: "ignore", reason: "unsigned command, and the agent runs without --insecure" };
    }
    if (host !== node.name && host !== LEGACY_ALL_HOSTS) { // check: unsigned-host
      return { kind: "ignore", reason: FOR_ANOTHER_HOST };
    }
    const digest = legacyDigest({ host, command });
    const expires = this.#clock.now() + UNSIGNED_LIFE_MS;
    const job: AdmittedJob = {
      id,
      digest,
      signers: [],
      rule: "--insecure",
      notBefore: 0,
      notAfter: Infinity,
      run: { kind: "shell", command },
      timeoutMs: UNSIGNED_TIMEOUT_MS,
      maxOutput: null,
      survive: false,
    };
    const request = { id, digest, issued: 0, expires }; // check: unsigned-time
    return this.#withJournal(request, () => this.#acceptInJournal(request, job));
  }

  #isForThisHost({ target }: Request): boolean {
    return matchesTarget(parseSignedTarget(target), this.#options.node);
  }

  /**
   * Checks a request that is verified and targets this host. A repeat is not checked again, because
   * the request may have expired while its command runs.
   */
  #checkRequest(request: Verified<Request>, secrets: Uint8Array | undefined): Admission {
    const { body, digest } = request;
    const answered = { id: body.id, digest };
    const known = this.#options.journal.digestOf(body.id);
    if (known === digest) return { kind: "repeated", ...answered }; // check: repeated-request
    const stale = this.#checkFreshness(body);
    if (stale) return { kind: "refuse", ...answered, refusal: stale }; // check: request-times
    // check: id-reused
    if (known !== undefined) return { kind: "refuse", ...answered, refusal: ID_REUSED };
    const decision = this.#checkPolicy(request);
    // check: policy-denial
    if (decision.kind === "deny") {
      return { kind: "refuse", ...answered, refusal: toRefusal(decision) };
    }
    const { rule } = decision;
    const what = describeRun(body.run);
    if (what.kind === "failed") return { kind: "refuse", ...answered, refusal: toRefusal(what) };
    const conflict = body.survive ? checkDetachConflicts(body) : undefined;
    if (conflict !== undefined) { // check: survive-allowed
      return { kind: "refuse", ...answered, refusal: { code: "bad-survive", reason: conflict } };
    }
    if (body.mode === "check") { // check: dry-run
      const { user = this.#options.policy.ownUser, undo, survive } = body;
      const dryRun = { what: what.name, user, delayMs: this.#delayOf(body), undo, survive };
      return { kind: "allow", ...answered, rule, summary: summarizeDryRun(dryRun) };
    }
    const opened = openRequestSecrets(body, secrets);
    if (opened.kind === "refused") return { kind: "refuse", ...answered, refusal: opened.refusal };
    const { issued, expires } = body;
    const job = { ...this.#jobOf(request, opened.values), rule };
    return this.#acceptInJournal({ ...answered, issued, expires }, job);
  }

  /** Checks the command and its rollback command, which needs the same permission. */
  #checkPolicy(request: Verified<Request>): PolicyDecision {
    const { body } = request;
    const [signers, context] = [this.#trustEntries(request), this.#policyContext()];
    const decision = decidePolicy(body, signers, context);
    if (decision.kind === "deny" || !body.undo) return decision;
    const { stdin: _none, ...command } = body;
    const run = { kind: "shell", command: body.undo.command } as const;
    const undo = decidePolicy({ ...command, run }, signers, context);
    return undo.kind === "deny"
      ? { ...undo, reason: `rollback command: ${undo.reason}` }
      : decision;
  }

  #checkFreshness(body: Request): Refusal | undefined {
    const { journal, maxLifeMs } = this.#options;
    const freshness = checkFreshness({
      issued: body.issued / 1_000,
      expires: body.expires / 1_000,
    }, {
      now: this.#clock.now() / 1_000, // check: gate-clock
      floor: journal.floor / 1_000, // check: gate-floor
      greatestIssued: journal.latestIssued / 1_000, // check: gate-latest
      maxLife: (maxLifeMs ?? MAX_LIFE_MS) / 1_000, // check: gate-max-life
    });
    return freshness.kind === "stale" ? toRefusal(freshness) : undefined;
  }

  #trustEntries({ signers }: Verified<Request>): readonly TrustedKey[] {
    // check: every-signer
    return signers.flatMap((key) => this.#options.trust.get(key.keyid) ?? []);
  }

  #policyContext(): PolicyContext {
    const { node, policy } = this.#options;
    return { node, nowMs: this.#clock.now(), ...policy };
  }

  #acceptInJournal(request: AcceptedRequest, job: AdmittedJob): Admission {
    const { id, digest } = request;
    const accepted = this.#options.journal.accept(request);
    switch (accepted.kind) {
      case "new":
        return { kind: "run", id, job };
      case "full": // check: journal-full
        return { kind: "refuse", id, digest, refusal: JOURNAL_FULL };
      case "seen": // check: journal-seen
        return { kind: "repeated", id, digest };
      default:
        return accepted satisfies never;
    }
  }

  /**
   * Runs `check` and refuses the request if the journal fails. A full disk must not end the agent,
   * because running commands still need it.
   */
  #withJournal(
    answered: Pick<AcceptedRequest, "id" | "digest">,
    check: () => Admission,
  ): Admission {
    try { // check: journal-broken
      return check();
    } catch (error) {
      const { id, digest } = answered;
      const problem = messageOf(error);
      const reason = `cannot use the journal: ${problem}`;
      return { kind: "refuse", id, digest, refusal: { code: "no-journal", reason } };
    }
  }

  #delayOf({ id, splayMs = 0 }: Request): number {
    return splayMs === 0 ? 0 : splayDelay({ id, node: this.#options.node.name, splayMs });
  }

  /** Creates the job. Replaces a bare program name by the checked path, so that this file runs. */
  #jobOf(
    { body, digest, signers }: Verified<Request>,
    secrets: SecretValues | undefined,
  ): Omit<AdmittedJob, "rule"> {
    const { id, issued, expires, user, cwd, env, stdin, input, timeoutMs } = body;
    const { splayMs, hold, undo, maxOutput, survive, note } = body;
    return {
      id,
      digest,
      signers: signers.map((key) => key.keyid), // check: job-signers
      run: this.#resolved(body.run), // check: resolved-program
      notBefore: issued, // check: not-before
      notAfter: expires, // check: not-after
      timeoutMs, // check: run-time-limit
      maxOutput: maxOutput ?? null, // check: run-output-limit
      survive,
      ...(hold && { hold }), // check: run-held
      ...(splayMs !== undefined && { delayMs: this.#delayOf(body) }),
      ...(user !== undefined && { user }), // check: run-as-user
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env }),
      ...(undo !== undefined && { undo }),
      ...(secrets !== undefined && { secrets }),
      ...(stdin !== undefined && { stdin: Uint8Array.fromBase64(stdin) }),
      ...(input !== undefined && { input }),
      ...(note !== undefined && { note }),
    };
  }

  #resolved(run: Run): Run {
    const [program = "", ...words] = run.kind === "argv" ? run.argv : [];
    // check: program-form
    if (run.kind !== "argv" || checkProgramName(program) !== undefined) return run;
    const path = program.startsWith("/") ? program : this.#options.policy.resolve(program);
    return { kind: "argv", argv: [path ?? program, ...words] };
  }
}

function toRefusal({ code, reason }: Refusal): Refusal {
  return { code, reason };
}

const ID_REUSED: Refusal = {
  code: "id-reused",
  reason: "another request has used this request id",
};
const JOURNAL_FULL: Refusal = {
  code: "journal-full",
  reason: "the journal is full of requests that have not expired",
};

/** The outcome of opening the secrets. */
type OpenedSecrets =
  | { readonly kind: "opened"; readonly values?: SecretValues }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Opens the secrets that a request announces. */
function openRequestSecrets(
  { secrets: digest }: Request,
  part: Uint8Array | undefined,
): OpenedSecrets {
  if (!digest) return { kind: "opened" };
  if (!part) return { kind: "refused", refusal: SECRETS_MISSING }; // check: no-secrets
  try {
    return { kind: "opened", values: decodeSecrets(part, digest) };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error; // check: bad-secrets
    return { kind: "refused", refusal: { code: "bad-secrets", reason: error.message } };
  }
}

/** The refusal after a restart of the hub, which does not store secrets. */
const SECRETS_MISSING: Refusal = {
  code: "no-secrets",
  reason: "the request arrived without its secrets: submit it again",
};

/** The summary of a dry run. */
interface DryRun {
  /** The command, as {@linkcode describeRun} describes it. */
  readonly what: string;
  /** The user it would run as. */
  readonly user: string;
  /** The delay before the start, in milliseconds. */
  readonly delayMs: number;
  /** The rollback command, if there is one. */
  readonly undo: Request["undo"] | undefined;
  /** Whether it would outlive the agent. */
  readonly survive: boolean;
}

/** Describes `run`; fails for a script without an interpreter. */
function describeRun(
  run: Run,
): { readonly kind: "named"; readonly name: string } | ExecFailure {
  if (run.kind !== "script") return { kind: "named", name: "it" };
  const found = findInterpreter(Uint8Array.fromBase64(run.script));
  if (found.kind === "failed") return found;
  return { kind: "named", name: `the script with ${found.words.join(" ")}` };
}

/** Summarises a dry run in one phrase. */
function summarizeDryRun({ what, user, delayMs, undo, survive }: DryRun): string {
  const delay = delayMs === 0 ? "" : `, after ${(delayMs / 1_000).toFixed(1)} s`;
  const undoing = undo ? `, rolled back unless confirmed within ${undo.withinMs / 1_000} s` : "";
  return `${what} as ${user}${delay}${undoing}${survive ? ", detached from the agent" : ""}`;
}

/** How many bits of a digest make the number: a double holds them exactly. */
const SPLAY_BITS = 48;

/**
 * Returns the delay of host `node` for request `id`, in whole milliseconds from 0 to `splayMs`. The
 * value looks random, but every hub gets the same one.
 */
export function splayDelay(
  { id, node, splayMs }: { readonly id: string; readonly node: string; readonly splayMs: number },
): number {
  const digest = createHash("sha256").update(`${id}\n${node}`).digest();
  return Math.floor(digest.readUIntBE(0, SPLAY_BITS / 8) / 2 ** SPLAY_BITS * (splayMs + 1));
}
