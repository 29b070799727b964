/**
 * A conformance suite for transports: streams keep their contract (`lib/sp/wire/transport.ts`), and
 * addresses can be bound, found busy and freed.
 *
 *     transportConformance({ name: "tcp", permissions: { net: ["127.0.0.1"] }, open, … });
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { AddressError, TransportError } from "../../../lib/sp/wire/errors.ts";
import { resolveTransport, type Transport } from "../../../lib/sp/wire/transport.ts";
import { rawDial, rawListen, type RawPeer } from "./raw_peer.ts";

/** An address for one test. Disposing it removes what is left of it. */
export interface TransportAddress extends AsyncDisposable {
  readonly transport: Transport;
  /** A URL that can be listened on. */
  readonly url: string;
}

/** A transport and how to test it. */
export interface TransportUnderTest {
  readonly name: string;
  readonly permissions: Deno.PermissionOptions;
  /** Creates an address without a listener. */
  open(): Promise<TransportAddress>;
  /** A URL that never has a listener. */
  readonly deserted: string;
  /** Addresses, without the scheme, that can be neither dialled nor listened on. */
  readonly malformed: readonly string[];
}

const MEGABYTE = 1_048_576;

/** Registers the tests. */
export function transportConformance(subject: TransportUnderTest): void {
  streamTests(subject);
  endingTests(subject);
  placeTests(subject);
}

function streamTests({ name, permissions, open }: TransportUnderTest): void {
  const options = { permissions, timeout: 10_000 };

  Deno.test(`${name} streams carry bytes both ways and in order`, options, async () => {
    await using pair = await connect(open);
    const { near, far } = pair;
    const large = pattern(MEGABYTE);
    near.send("01", large, "02");
    far.send("03");
    assert.deepEqual(await near.read(1), Uint8Array.of(3));
    assert.deepEqual(await far.read(1), Uint8Array.of(1));
    assert.deepEqual(await far.read(large.length), large);
    assert.deepEqual(await far.read(1), Uint8Array.of(2));
  });

  Deno.test(`${name} streams hand out plain byte arrays of their own`, options, async () => {
    await using pair = await connect(open);
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    pair.far.stream.attach({ data: resolve, closed() {} });
    const sent = Buffer.from([1, 2]);
    pair.near.send(sent);
    const taken = await promise;
    // A Node Buffer would differ: its slice() is a view.
    assert.equal(taken.constructor, Uint8Array);
    taken.fill(9);
    assert.deepEqual([...sent], [1, 2]);
  });

  Deno.test(`${name} streams name the other end`, options, async () => {
    await using pair = await connect(open);
    const scheme = `${pair.transport.scheme}://`;
    assert.ok(pair.near.stream.remote.startsWith(scheme), pair.near.stream.remote);
    assert.ok(pair.far.stream.remote.startsWith(scheme), pair.far.stream.remote);
  });

  Deno.test(`${name} streams hand out nothing while paused`, options, async () => {
    await using pair = await connect(open);
    const { near, far } = pair;
    far.stopReading();
    near.send(pattern(100_000));
    far.send("01");
    await near.read(1);
    assert.equal(far.unread, 0);
    far.readOn();
    assert.deepEqual(await far.read(100_000), pattern(100_000));
  });

  Deno.test(`${name} streams count what waits for a slow reader`, options, async () => {
    await using pair = await connect(open);
    const { near, far } = pair;
    far.stopReading();
    near.send(pattern(8 * MEGABYTE));
    assert.ok(near.stream.queued > 0);
    let flushed = false;
    const flushing = near.stream.flushed().then(() => flushed = true);
    far.send("01");
    await near.read(1);
    assert.equal(flushed, false);
    far.readOn();
    await flushing;
    assert.equal(near.stream.queued, 0);
    assert.deepEqual(await far.read(8 * MEGABYTE), pattern(8 * MEGABYTE));
  });

  Deno.test(`${name} streams are flushed when nothing waits`, options, async () => {
    await using pair = await connect(open);
    await pair.near.stream.flushed();
    assert.equal(pair.near.stream.queued, 0);
  });
}

function endingTests({ name, permissions, open }: TransportUnderTest): void {
  const options = { permissions, timeout: 10_000 };

  Deno.test(`${name} streams end after all that was written`, options, async () => {
    await using pair = await connect(open);
    const { near, far } = pair;
    near.send(pattern(4 * MEGABYTE));
    near.end();
    assert.deepEqual(await far.readToEnd(), pattern(4 * MEGABYTE));
    assert.equal((await near.readToEnd()).length, 0);
  });

  Deno.test(`${name} streams end only when a paused reader has read all`, options, async () => {
    await using pair = await connect(open);
    const { near, far } = pair;
    far.stopReading();
    near.send("01 02 03");
    near.end();
    far.send("04");
    await near.read(1);
    assert.equal(far.over, false);
    far.readOn();
    assert.equal((await far.readToEnd()).length, 3);
  });

  Deno.test(`${name} streams can be flushed while they end`, options, async () => {
    await using pair = await connect(open);
    const { near, far } = pair;
    far.stopReading();
    near.send(pattern(8 * MEGABYTE));
    near.end();
    const flushing = near.stream.flushed();
    far.readOn();
    await flushing;
    assert.equal((await far.readToEnd()).length, 8 * MEGABYTE);
    await near.stream.flushed();
  });

  Deno.test(`${name} streams that are destroyed are over on both sides`, options, async () => {
    await using pair = await connect(open);
    pair.near.stream.destroy();
    await Promise.all([pair.near.readToEnd(), pair.far.readToEnd()]);
  });

  Deno.test(`${name} streams that are destroyed keep no one who flushes`, options, async () => {
    await using pair = await connect(open);
    const { near, far } = pair;
    far.stopReading();
    near.send(pattern(8 * MEGABYTE));
    const flushing = near.stream.flushed();
    near.stream.destroy();
    await flushing;
    await near.stream.flushed();
  });

  Deno.test(`${name} streams tell each sink once that they are over`, options, async () => {
    await using pair = await connect(open);
    const { stream } = pair.near;
    let told = 0;
    const over = Promise.withResolvers<void>();
    const sink = {
      data() {},
      closed() {
        told++;
        over.resolve();
      },
    };
    stream.attach(sink);
    stream.destroy();
    stream.destroy();
    await over.promise;
    await pair.far.readToEnd();
    assert.equal(told, 1);

    const late = Promise.withResolvers<void>();
    stream.attach({ data() {}, closed: () => late.resolve() });
    await late.promise;
    assert.equal(told, 1);
  });
}

function placeTests(subject: TransportUnderTest): void {
  const { name, permissions, open } = subject;
  const options = { permissions, timeout: 10_000 };

  Deno.test(`${name} cannot reach a place where nobody listens`, options, async () => {
    await using place = await open();
    await assert.rejects(rawDial(subject.deserted, place.transport), TransportError);
  });

  Deno.test(`${name} gives up a dial that is aborted`, options, async () => {
    await using place = await open();
    await using listener = await rawListen(place.url, place.transport);
    const { address } = resolveTransport(listener.url, [place.transport]);
    const aborted = place.transport.dial(address, AbortSignal.abort());
    await assert.rejects(aborted, { name: "TransportError", code: "ABORTED" });
  });

  Deno.test(`${name} cannot listen on a place that is taken`, options, async () => {
    await using place = await open();
    await using listener = await rawListen(place.url, place.transport);
    const busy = { name: "TransportError", code: "EADDRINUSE", message: /in use/ };
    await assert.rejects(rawListen(listener.url, place.transport), busy);
    await using near = await rawDial(listener.url, place.transport);
    near.send("01");
  });

  Deno.test(`${name} frees its place at once, and live connections live on`, options, async () => {
    await using pair = await connect(open);
    const { url, near, far, transport, listener } = pair;
    await listener[Symbol.asyncDispose]();
    await assert.rejects(rawDial(url, transport), TransportError);
    await using again = await rawListen(url, transport);
    assert.equal(again.url, url);
    near.send("01");
    await far.read(1);
  });

  Deno.test(`${name} refuses malformed addresses`, options, async () => {
    await using place = await open();
    const { transport } = place;
    for (const address of subject.malformed) {
      const never = new AbortController().signal;
      assert.throws(() => transport.check(address), AddressError, address);
      await assert.rejects(transport.dial(address, never), AddressError, address);
      await assert.rejects(transport.listen(address, () => {}), AddressError, address);
    }
  });
}

interface Pair extends AsyncDisposable {
  readonly transport: Transport;
  readonly url: string;
  readonly listener: AsyncDisposable;
  /** The dialling end. */
  readonly near: RawPeer;
  /** The accepting end. */
  readonly far: RawPeer;
}

async function connect(open: () => Promise<TransportAddress>): Promise<Pair> {
  const owned = new AsyncDisposableStack();
  const { transport, url: wanted } = owned.use(await open());
  const listener = owned.use(await rawListen(wanted, transport));
  const near = owned.use(await rawDial(listener.url, transport));
  const far = owned.use(await listener.accept());
  const { url } = listener;
  return { transport, url, listener, near, far, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Returns bytes that reveal lost or reordered ones. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const prime = Uint8Array.from({ length: 251 }, (_, index) => index);
  for (let at = 0; at < length; at += prime.length) bytes.set(prime.subarray(0, length - at), at);
  return bytes;
}
