/**
 * The Scalability Protocols in TypeScript: the wire of nanomsg, nng and mangos. This file only
 * names what the other folders of `lib` may use.
 *
 * A *pattern* ({@linkcode Pub}, {@linkcode Sub}, {@linkcode Surveyor}, {@linkcode Respondent} and
 * the raw forms) knows messages; an *endpoint* ({@linkcode dial}, {@linkcode dialOnce},
 * {@linkcode listen}) makes pipes and hands them to patterns; a *transport* ({@linkcode tcp}, {@linkcode ipc}, {@linkcode inproc})
 * makes byte streams.
 * @module
 */
export { dial, type Dialer, type DialOptions } from "./dialer.ts";
export { dialOnce, type DialOnceOptions } from "./dial_once.ts";
export type { EndpointEvent, EndpointOptions } from "./endpoint.ts";
export { AddressError, FrameError, HandshakeError, SpError, TransportError } from "./errors.ts";
export { MAX_PAYLOAD } from "./framing.ts";
export { randomId } from "./hops.ts";
export { inproc } from "./inproc.ts";
export { ipc } from "./ipc.ts";
export { listen, type Listener, type ListenOptions } from "./listener.ts";
export type { Pattern } from "./pattern.ts";
export type { Pipe, PipeEnd } from "./pipe.ts";
export type { PipeSet } from "./pipe_set.ts";
export { protocolName, type Role } from "./protocol.ts";
export { Pub, type Published } from "./pub.ts";
export { RawRespondent, type RawSurvey, type RespondentSink } from "./raw_respondent.ts";
export { RawSurveyor, type SurveyorSink } from "./raw_surveyor.ts";
export { Respondent, type Survey } from "./respondent.ts";
export { SharedMessage } from "./shared_message.ts";
export { Sub } from "./sub.ts";
export { type Answer, type SurveyOptions, Surveyor } from "./surveyor.ts";
export { tcp } from "./tcp.ts";
export { locate, type Transport } from "./transport.ts";
