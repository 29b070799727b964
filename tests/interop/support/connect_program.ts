/**
 * Connects a pattern of ours with a program of others.
 *
 *     await using met = await meet(pub, nanocat, { role: "sub", subscribe: "" }, { … });
 * @module
 */
import { dial } from "../../../lib/sp/endpoints/dialer.ts";
import type { EndpointEvent } from "../../../lib/sp/endpoints/endpoint.ts";
import { ipc } from "../../../lib/sp/transports/ipc.ts";
import { listen } from "../../../lib/sp/endpoints/listener.ts";
import type { Pattern } from "../../../lib/sp/patterns/pattern.ts";
import { tcp } from "../../../lib/sp/transports/tcp.ts";
import type { ForeignProcess } from "./foreign_process.ts";
import type { Part, SpConnection, SpProgram } from "./sp_program.ts";

/** How to connect. */
export interface ConnectProgramOptions {
  readonly scheme: "tcp" | "ipc";
  /** Which side the program takes. */
  readonly side: SpConnection["side"];
  /** Told what happens at our end. */
  readonly onEvent?: (event: EndpointEvent) => void;
}

/** A program that is connected with us, or about to be. Disposing it ends both sides. */
export interface ConnectedProgram extends AsyncDisposable {
  readonly program: ForeignProcess;
  /** Ends our side, as a program of ours would at its end. */
  leave(): Promise<void>;
}

/** Has `program` play `part` towards `pattern`. */
export async function connectProgram(
  pattern: Pattern,
  [program, part]: readonly [SpProgram, Part],
  { scheme, side, onEvent }: ConnectProgramOptions,
): Promise<ConnectedProgram> {
  const cleanup = new AsyncDisposableStack();
  const url = await freeUrl(scheme, cleanup);
  const settings = { patterns: [pattern], transports: [tcp, ipc], ...(onEvent && { onEvent }) };
  const open = side === "dials"
    ? () => listen(url, settings)
    : () => Promise.resolve(dial(url, { ...settings, redialMs: 20, maxRedialMs: 20 }));
  const endpoint = cleanup.use(await open());
  const started = cleanup.use(program.start(part, { side, url }));
  return {
    program: started,
    leave: () => endpoint.close(),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

/** A URL that is free now; what it takes is removed by `cleanup`. */
export async function freeUrl(
  scheme: "tcp" | "ipc",
  cleanup: AsyncDisposableStack,
): Promise<string> {
  if (scheme === "tcp") return freeTcpUrl();
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_interop_" });
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));
  return `ipc://${folder}/socket`;
}

/** A URL with a port that is free now. */
export function freeTcpUrl(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `tcp://127.0.0.1:${listener.addr.port}`;
}
