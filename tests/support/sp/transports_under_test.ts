/**
 * The three transports, each with the options of a conformance suite.
 * @module
 */
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { ipc } from "../../../lib/sp/transports/ipc.ts";
import { tcp } from "../../../lib/sp/transports/tcp.ts";
import type { TransportUnderTest } from "./transport_conformance.ts";

/** On loopback. */
export const TCP: TransportUnderTest = {
  name: "tcp",
  permissions: { net: ["127.0.0.1"] },
  open: () =>
    Promise.resolve({ transport: tcp, url: "tcp://127.0.0.1:0", async [Symbol.asyncDispose]() {} }),
  deserted: "tcp://127.0.0.1:1",
  malformed: [
    "",
    "host",
    ":80",
    "host:",
    "host:70000",
    "host:123456",
    "host:-1",
    "host:+1",
    "host:1e3",
    "host:80:90",
    "a b:80",
    " host:80",
    "host:80\n",
    "[::1:80",
    "::1:80",
    "[host]:80",
    "host:80/",
    "user@host:80",
    "*",
  ],
};

/** In a temporary folder. */
export const IPC: TransportUnderTest = {
  name: "ipc",
  permissions: { net: true, read: true, write: true }, // a list of hosts has no wildcard for paths
  async open() {
    const folder = await Deno.makeTempDir();
    return {
      transport: ipc,
      url: `ipc://${folder}/queue`,
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
  deserted: "ipc:///nowhere/at/all",
  malformed: ["", "relative", "./relative", "/a\0b", `/${"x".repeat(107)}`, `/${"é".repeat(54)}`],
};

/** Within this process. */
export const INPROC: TransportUnderTest = {
  name: "inproc",
  permissions: "none",
  open: () =>
    Promise.resolve({ transport: inproc(), url: "inproc://a", async [Symbol.asyncDispose]() {} }),
  deserted: "inproc://nowhere",
  malformed: [""],
};
