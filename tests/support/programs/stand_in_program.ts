/**
 * A small program that replaces both main programs where executables are tested. As agent and
 * trigger it exchanges one line over TCP. Otherwise its first argument selects the behaviour.
 * @module
 */

import {
  createConnection,
  createServer,
  type IpcNetConnectOpts,
  type NetConnectOpts,
  type TcpNetConnectOpts,
} from "node:net";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { checkServerIdentity } from "node:tls";
import { parseSync } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import { getLogger } from "@logtape/logtape";
import { buildSettings } from "../../../lib/cli/process/build_info.ts";
import { revokeRootRead } from "../../../lib/cli/sandbox/permissions.ts";
import { fingerprint } from "../../../lib/envelope/keys/public_key.ts";
import { parseTrustFile } from "../../../lib/envelope/trust/trust_file.ts";

const [first = "", ...args] = Deno.args.slice(Deno.args[0] === "--user" ? 2 : 0);

switch (first) {
  case "--version":
    console.log("stand-in 1.2.3");
    if (args.includes("-v")) printBaked();
    break;
  case "--hostname=probe":
    await agent();
    break;
  case "--host=ALL":
    await trigger();
    break;
  case "key":
    break;
  case "arguments":
    console.log(JSON.stringify(args));
    break;
  case "built-ins and packages":
    console.log(JSON.stringify([
      new DatabaseSync(":memory:").prepare("SELECT 6 * 7 AS answer").get()?.answer,
      typeof checkServerIdentity,
      parseSync(option("-x"), ["-x"]),
      getLogger("a").category,
    ]));
    break;
  case "baked":
    console.log(JSON.stringify(buildSettings));
    break;
  case "identity":
    console.log(JSON.stringify([Deno.uid(), Deno.gid(), process.getgroups?.()]));
    break;
  case "forbidden":
    revokeRootRead(); // as the programs do before anybody can talk to them
    console.log(JSON.stringify(await Promise.all(args.map(attempt))));
    break;
  case "fail":
    Deno.exit(7);
    break;
  case "wait":
    console.log("waiting");
    setInterval(() => {}, 60_000);
    break;
}

function printBaked(): void {
  for (const { key } of buildSettings.keys.flatMap(parseTrustFile)) console.log(fingerprint(key));
  console.log(buildSettings.url ?? "");
}

/** Connects, runs one command, replies with its output, and repeats. */
async function agent(): Promise<void> {
  const place = placeOf(args.at(-1) ?? "");
  for (;;) {
    await serve(place);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function serve(place: NetConnectOpts): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection(place);
    socket.on("data", async (command) => {
      const shell = new Deno.Command("/bin/sh", { args: ["-c", String(command)] });
      socket.end((await shell.output()).stdout);
    });
    socket.on("error", () => {}).on("close", () => resolve());
  });
}

/** Waits for one connection, sends the command, prints the reply, and ends. */
function trigger(): Promise<void> {
  const value = (name: string) =>
    args.find((arg) => arg.startsWith(name))?.slice(name.length) ?? "";
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.write(value("--command="));
      socket.on("data", (answer) => console.log(`probe: ${String(answer).trim()}`));
      socket.on("close", () => server.close(() => resolve()));
    });
    server.listen(placeOf(value("--listen=")));
  });
}

function placeOf(url: string): TcpNetConnectOpts | IpcNetConnectOpts {
  if (url.startsWith("ipc://")) return { path: url.slice(6) };
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

/** Tries an operation that needs a permission; returns whether it was denied. */
async function attempt(what: string): Promise<string> {
  try {
    if (what === "read") await Deno.readTextFile("/etc/passwd");
    if (what === "env") Deno.env.get("SECRET");
    if (what === "run") await new Deno.Command("/bin/true").output();
    // deno-lint-ignore nanoexec/layers -- it must not succeed
    if (what === "import") await import(`${args.at(-1)}`);
    return "allowed";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
