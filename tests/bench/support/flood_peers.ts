/**
 * Peers that take what they can get from a hub, from one address.
 *
 *     deno run --allow-all tests/bench/support/flood_peers.ts PORT KIND COUNT [FACTS-BYTES]
 *
 * `half` sends half of a 1 MiB frame, `silent` only a header, `sessions` a hello with many facts,
 * `flood` a hello and then small messages for ever. Who is disconnected connects again. Prints a line
 * when all have connected once, and then again whenever asked on standard input, how many are
 * connected.
 * @module
 */
import { connect, type Socket } from "node:net";
import { generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { type Hello, helloType } from "../../../lib/envelope/statements/session_statements.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { decodeHubMessage } from "../../../lib/protocol/agent/messages.ts";
import { encodeFrame, FrameDecoder } from "../../../lib/sp/wire/framing.ts";

/** The attacker has another address than the true agent. */
const FROM = "127.0.0.66";
const HEADER = Uint8Array.from([0, 0x53, 0x50, 0, 0, 0x63, 0, 0]);
const HEADER_LENGTH = 8;
const HALF = new Uint8Array(524_288 + 8);
HALF[5] = 0x10;
const RETRY_MS = 200;
const FLOOD_BYTES = 65_536;

const [port = "", kind = "silent", count = "1", factBytes = "0"] = Deno.args;
const WORD = encodeFrame("tcp", Uint8Array.from([0x80, 0, 0, 1]));
const FLOOD = new Uint8Array(FLOOD_BYTES - FLOOD_BYTES % WORD.length)
  .map((_, at) => WORD[at % WORD.length] ?? 0);
let connected = 0;
let reached = 0;

for (let index = 0; index < Number(count); index++) {
  attack(index);
  if (index % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 5));
}
while (reached < Number(count)) await new Promise((resolve) => setTimeout(resolve, 10));
console.log("all have connected");
for await (const _ of Deno.stdin.readable) console.log(`${connected} are connected`);
Deno.exit();

function attack(index: number, isFirst = true): void {
  const socket = connect({ host: "127.0.0.1", port: Number(port), localAddress: FROM });
  let isConnected = false;
  socket.on("error", () => {});
  socket.on("connect", () => {
    isConnected = true;
    connected++;
    socket.write(HEADER);
    if (kind === "half") socket.write(HALF);
    if (kind === "sessions" || kind === "flood") logIn(socket, index);
    else socket.resume();
    if (isFirst) reached++;
  });
  socket.on("close", () => {
    if (isConnected) connected--;
    setTimeout(() => attack(index, isFirst && !isConnected), RETRY_MS);
  });
}

function logIn(socket: Socket, index: number): void {
  const decoder = new FrameDecoder("tcp");
  let greeting = HEADER_LENGTH;
  socket.on("data", (chunk) => {
    const skipped = Math.min(greeting, chunk.length);
    greeting -= skipped;
    decoder.push(new Uint8Array(chunk.subarray(skipped)));
    for (let frame = decoder.next(); frame; frame = decoder.next()) receive(socket, frame, index);
  });
}

function receive(socket: Socket, frame: Uint8Array, index: number): void {
  const message = decodeHubMessage(frame.subarray(4));
  const survey = frame.subarray(0, 4);
  if (message.kind === "ping") {
    socket.write(encodeFrame("tcp", survey, new TextEncoder().encode('{"kind":"pong"}')));
  }
  if (message.kind !== "welcome") return;
  const key = generateSecretKey("");
  const facts: Record<string, string> = {};
  for (let left = Number(factBytes), at = 0; left > 0; left -= 1_100, at++) {
    facts[`fact${at}`] = "x".repeat(Math.min(1_024, left));
  }
  const hello: Hello = {
    v: 1,
    nonce: message.nonce,
    name: `flood${index}x${crypto.randomUUID().slice(0, 8)}`,
    publicKey: key.publicKey.base64,
    epoch: 0,
    version: "0",
    facts,
    running: [],
    held: [],
    insecure: false,
    clockMs: Date.now(),
  };
  socket.write(encodeFrame("tcp", survey, signEnvelope(helloType, hello, [key])));
  if (kind === "flood") flood(socket);
}

function flood(socket: Socket): void {
  while (!socket.destroyed && socket.write(FLOOD));
  if (!socket.destroyed) socket.once("drain", () => setTimeout(() => flood(socket), 1));
}
