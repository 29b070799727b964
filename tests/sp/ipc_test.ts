import { ipc } from "../../lib/sp/ipc.ts";
import { transportConformance } from "../support/transport_conformance.ts";

transportConformance({
  name: "ipc",
  permissions: { net: true, read: true, write: true },
  async open() {
    const folder = await Deno.makeTempDir();
    return {
      transport: ipc,
      url: `ipc://${folder}/queue`,
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
  deserted: "ipc:///nowhere/at/all",
  malformed: ["", "relative", "./relative", "/a\0b", `/${"x".repeat(107)}`],
});
