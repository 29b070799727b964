/**
 * A gate with a journal in memory and a clock that stands still: `const fixture = await
 * openGateFixture({ trust: [trustLine(alice, "alice", "no-shell")] })`.
 * @module
 */
import { Gate, type GateOptions } from "../../../lib/agent/admission/gate.ts";
import { Journal } from "../../../lib/agent/records/journal.ts";
import { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import type { Request } from "../../../lib/envelope/statements/request.ts";
import type { SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { alice } from "../envelope_fixtures.ts";
import { requestAt, type Signed, signed, trustLine } from "./signed_request.ts";
import { SettableClock } from "../settable_clock.ts";

/** Options of the fixture; by default `alice` has no restrictions on `web1`. */
export interface GateFixtureOptions {
  readonly trust?: readonly string[];
  readonly name?: string;
  readonly facts?: Readonly<Record<string, string>>;
  readonly clock?: SettableClock;
  /** Disposed of with the gate; by default a new one in memory. */
  readonly journal?: Journal;
  readonly insecure?: boolean;
  readonly policy?: Partial<GateOptions["policy"]>;
  readonly maxLifeMs?: number;
}

/** A gate and its parts. */
export interface GateFixture extends Disposable {
  readonly gate: Gate;
  readonly journal: Journal;
  readonly clock: SettableClock;
  /** Signs a request issued now. */
  request(fields?: Partial<Request>, keys?: readonly SecretKey[]): Signed;
}

/** Creates a gate, one second after its journal began. */
export async function openGateFixture(setting: GateFixtureOptions = {}): Promise<GateFixture> {
  const { clock = new SettableClock(), trust = [trustLine(alice, "alice")], maxLifeMs } = setting;
  const journal = setting.journal ?? new Journal({ path: ":memory:", clock });
  const store = new TrustStore({ baked: [trust.join("\n")], given: [], files: [], revoked: [] });
  await store.load();
  const gate = new Gate({
    node: { name: setting.name ?? "web1", facts: new Map(Object.entries(setting.facts ?? {})) },
    trust: store,
    journal,
    insecure: setting.insecure ?? false,
    policy: { ownUser: "root", resolve: (name) => `/usr/bin/${name}`, ...setting.policy },
    clock,
    ...(maxLifeMs !== undefined && { maxLifeMs }),
  });
  clock.advance(1_000);
  return {
    gate,
    journal,
    clock,
    request: (fields = {}, keys = [alice]) => signed(requestAt(clock.now(), fields), keys),
    [Symbol.dispose]: () => journal[Symbol.dispose](),
  };
}
