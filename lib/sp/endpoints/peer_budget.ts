/**
 * Limits what network peers can take from a process: connections, bytes of incomplete messages
 * before they authenticate, and turns for reading. All listeners of a process share one budget.
 *
 * When something runs short, a peer of the address that uses the most is closed. Connections of
 * local transports have no address: they count, but are never closed.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { HandshakeError } from "../wire/errors.ts";
import type { PipeGuard } from "../wire/pipe_guard.ts";
import { FairSet } from "./fair_set.ts";
import { IncompletePool, type MessageHolder } from "./incomplete_pool.ts";
import { ReadShare, ReadTurns } from "./read_turns.ts";

/** Options of a {@linkcode PeerBudget}. */
export interface PeerBudgetOptions {
  /** The most connections; 65,536 by default. */
  readonly maxConnections?: number;
  /**
   * Returns how many more connections the system can take now, at most `atMost`; any number by
   * default. Takes time, so it is called only when the number is not known to be enough.
   */
  readonly free?: (atMost: number) => number;
  /**
   * How many connections are kept free of authenticated unknown peers, for known peers and for
   * those that are about to authenticate, as a part of all; an eighth by default.
   */
  readonly reserved?: number;
  /** The most bytes of incomplete messages of all unauthenticated peers; 4 MiB by default. */
  readonly maxIncomplete?: number;
  /** The same of all authenticated unknown peers; 128 MiB by default. */
  readonly maxUnknownIncomplete?: number;
  /** The largest message of an unauthenticated peer, in bytes; 64 KiB by default. */
  readonly maxUnauthenticatedReceive?: number;
  /** The turns for reading. */
  readonly turns?: ReadTurns;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

/** How many more connections are asked for at once. */
const FREE_STEP = 1_024;
/** How long to wait after the system could take no more, in milliseconds. */
const FREE_RETRY_MS = 1_000;

const MAX_CONNECTIONS = 65_536;
const MAX_INCOMPLETE = 4_194_304;
const MAX_UNKNOWN_INCOMPLETE = 134_217_728;
const MAX_UNAUTHENTICATED_RECEIVE = 65_536;

/** Ends a connection with the reason. */
export type EndConnection = (error: Error) => void;

/** The shared budget of all connections of a process. */
export class PeerBudget {
  readonly #maxConnections: number;
  readonly #reserved: number;
  readonly #free: (atMost: number) => number;
  readonly #clock: Clock;
  /** How many connections the system can take, as far as it is known. */
  #limit = 0;
  #askAgainAt = -Infinity;
  readonly #incomplete: IncompletePool;
  readonly #unknownIncomplete: IncompletePool;
  /** The largest message of an unauthenticated peer, in bytes. */
  readonly maxUnauthenticatedReceive: number;
  /** The turns for reading. */
  readonly turns: ReadTurns;
  readonly #unauthenticated = new FairSet<Connection>();
  readonly #unknown = new FairSet<Connection>();
  /** Known peers and connections of local transports. */
  #others = 0;

  /** Creates a budget that nobody uses yet. */
  constructor(options: PeerBudgetOptions = {}) {
    this.#maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
    this.#reserved = options.reserved ?? 1 / 8;
    this.#free = options.free ?? (() => Infinity);
    this.#clock = options.clock ?? systemClock;
    this.#incomplete = new IncompletePool(options.maxIncomplete ?? MAX_INCOMPLETE);
    this.#unknownIncomplete = new IncompletePool(
      options.maxUnknownIncomplete ?? MAX_UNKNOWN_INCOMPLETE,
    );
    this.maxUnauthenticatedReceive = options.maxUnauthenticatedReceive ??
      MAX_UNAUTHENTICATED_RECEIVE;
    this.turns = options.turns ?? new ReadTurns();
  }

  /** The number of connections. */
  get connections(): number {
    return this.#unauthenticated.size + this.#unknown.size + this.#others;
  }

  /** The bytes of incomplete messages of unauthenticated peers. */
  get incomplete(): number {
    return this.#incomplete.bytes;
  }

  /**
   * Counts a new connection, ending another one if there is no room. `address` is undefined for a
   * local transport.
   * @returns undefined if there is no room
   */
  admit(address: string | undefined, end: EndConnection): Connection | undefined {
    if (!this.#hasRoom() && !this.#endOne()) { // check: connection-count
      if (address !== undefined) return undefined;
    }
    const connection = new Connection(this, { address, end, pool: this.#incomplete });
    if (address === undefined) this.#others++;
    else this.#unauthenticated.add(address, connection);
    return connection;
  }

  /**
   * Counts a connection as authenticated.
   * @returns the pool for its incomplete messages from now on, or "full" if there is no room for it
   */
  authenticate(
    connection: Connection,
    address: string,
    isKnown: boolean,
  ): IncompletePool | "unlimited" | "full" {
    this.#unauthenticated.delete(address, connection);
    if (isKnown) {
      this.#others++;
      return "unlimited";
    }
    if (this.#makeRoomFor(address)) {
      this.#unknown.add(address, connection);
      return this.#unknownIncomplete;
    }
    this.#unauthenticated.add(address, connection);
    return "full";
  }

  /** Counts no longer what `connection` had. */
  release(connection: Connection, address: string | undefined): void {
    if (address === undefined) return void this.#others--;
    if (this.#unauthenticated.delete(address, connection)) return;
    if (!this.#unknown.delete(address, connection)) this.#others--;
  }

  /** Tells whether there is room for one more connection. */
  #hasRoom(): boolean {
    if (this.connections >= this.#limit) this.#raiseLimit();
    return this.connections < this.#limit;
  }

  /** Asks the system for more connections, unless it had no more a moment ago. */
  #raiseLimit(): void {
    const now = this.#clock.monotonic();
    if (this.#limit >= this.#maxConnections || now < this.#askAgainAt) return;
    const free = this.#free(FREE_STEP);
    if (free < FREE_STEP) this.#askAgainAt = now + FREE_RETRY_MS;
    this.#limit = Math.min(this.#maxConnections, this.connections + free);
  }

  /** Ends the connection that matters least; returns whether there was one. */
  #endOne(): boolean {
    const [oldest] = this.#unauthenticated.ofLargest();
    const victim = oldest ?? this.#unknown.ofLargest().at(-1);
    victim?.end(new HandshakeError("too many connections"));
    return victim !== undefined;
  }

  #hasRoomForUnknown(): boolean {
    return this.#unknown.size + this.#others < Math.floor(this.#limit * (1 - this.#reserved));
  }

  /** Makes room for another unknown peer, unless its own address has the most. */
  #makeRoomFor(address: string): boolean {
    if (!this.#hasRoomForUnknown()) this.#raiseLimit();
    if (this.#hasRoomForUnknown()) return true; // check: unknown-peers
    const largest = this.#unknown.ofLargest();
    if (largest.length <= this.#unknown.countOf(address) + 1) return false;
    largest.at(-1)?.end(new HandshakeError("too many unknown peers"));
    return true;
  }
}

/** What one connection has of the budget. Disposing gives it back. */
export class Connection implements PipeGuard, MessageHolder, Disposable {
  readonly #budget: PeerBudget;
  readonly #address: string | undefined;
  readonly #end: EndConnection;
  #pool: IncompletePool | "unlimited";
  #isAuthenticated = false;
  #share: ReadShare | undefined;
  #isOver = false;

  /** Use {@linkcode PeerBudget.admit} instead. */
  constructor(
    budget: PeerBudget,
    { address, end, pool }: {
      readonly address: string | undefined;
      readonly end: EndConnection;
      readonly pool: IncompletePool;
    },
  ) {
    this.#budget = budget;
    this.#address = address;
    this.#end = end;
    this.#pool = address === undefined ? "unlimited" : pool;
  }

  /** The address; empty for a local transport. */
  get address(): string {
    return this.#address ?? "";
  }

  /** Whether the limits of network peers hold for it. */
  get isLimited(): boolean {
    return this.#address !== undefined;
  }

  /** Whether the peer has to authenticate and has not done so. */
  get isUnauthenticated(): boolean {
    return this.isLimited && !this.#isAuthenticated;
  }

  /** Whether it has given back what it had. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The largest payload before the peer authenticates, in bytes. */
  get maxReceive(): number {
    return this.#budget.maxUnauthenticatedReceive;
  }

  /** Reports the bytes of an incomplete message. */
  hold(bytes: number): void {
    if (!this.#isOver && this.#pool !== "unlimited") this.#pool.hold(this, bytes);
  }

  /** Counts the peer as authenticated; false if there is no room. */
  authenticate(isKnown: boolean): boolean {
    if (this.#isOver) return false;
    if (this.#address === undefined || this.#isAuthenticated) return true;
    const pool = this.#budget.authenticate(this, this.#address, isKnown);
    if (pool === "full") return false;
    this.hold(0);
    this.#pool = pool;
    this.#isAuthenticated = true;
    return true;
  }

  /** Calls `resume` at each turn after a wait. */
  onTurn(resume: () => void): void {
    this.#share = new ReadShare(this.#budget.turns, resume);
  }

  /** Begins a turn. */
  beginTurn(): void {
    this.#share?.begin();
  }

  /** Counts a message; false if the pipe must not read on now. */
  takeMessage(bytes: number): boolean {
    return this.#isOver || (this.#share?.take(bytes) ?? true);
  }

  /** Gives back what it has and ends the connection. */
  end(error: Error): void {
    if (this.#isOver) return;
    this[Symbol.dispose]();
    this.#end(error);
  }

  /** Gives back what it has. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.hold(0);
    this.#isOver = true;
    this.#share?.[Symbol.dispose]();
    this.#budget.release(this, this.#address);
  }
}
