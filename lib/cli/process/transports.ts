/**
 * The transports of both programs. Add a new one, such as TLS, here.
 * @module
 */
import { ipc, tcp, type Transport } from "../../sp/mod.ts";

/** The URL schemes that agents, hubs and operators can use. */
export const TRANSPORTS: readonly Transport[] = [tcp, ipc];
