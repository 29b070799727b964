/**
 * Lists the transports of both programs. The code of a new one goes into `sp/transports`, its export
 * into `sp/mod.ts`.
 * @module
 */
import { ipc, tcp, type Transport } from "../../sp/mod.ts";

/** The URL schemes that agents, hubs and operators can use. */
export const TRANSPORTS: readonly Transport[] = [tcp, ipc];
