/**
 * The Scalability Protocols (SP) in TypeScript: the wire of nanomsg, nng and mangos. This is the
 * public interface: the other folders of `lib` import this file only.
 *
 * A *pattern* ({@linkcode Pub}, {@linkcode Sub}, {@linkcode Surveyor}, {@linkcode Respondent} and
 * the raw forms) knows messages. An *endpoint* ({@linkcode dial}, {@linkcode dialOnce}, {@linkcode
 * listen}) makes pipes and gives them to patterns. A *transport* ({@linkcode tcp}, {@linkcode ipc},
 * {@linkcode inproc}) makes byte streams. nanoexec itself uses the raw surveyor and respondent; the
 * plain forms and inproc belong to the public wire and serve tests.
 * @module
 */
export { dial, type Dialer, type DialOptions } from "./endpoints/dialer.ts";
export { dialOnce, type DialOnceOptions } from "./endpoints/dialer.ts";
export type { EndpointEvent, EndpointOptions } from "./endpoints/endpoint.ts";
export {
  AddressError,
  FrameError,
  HandshakeError,
  SpError,
  TransportError,
} from "./wire/errors.ts";
export { MAX_PAYLOAD } from "./wire/framing.ts";
export { randomSurveyId } from "./patterns/survey_header.ts";
export { inproc } from "./transports/inproc.ts";
export { ipc } from "./transports/ipc.ts";
export { listen, type Listener, type ListenOptions } from "./endpoints/listener.ts";
export { PeerBudget, type PeerBudgetOptions } from "./endpoints/peer_budget.ts";
export type { Pattern } from "./patterns/pattern.ts";
export type { Pipe, PipeEnd } from "./wire/pipe.ts";
export type { PipeSet } from "./patterns/pattern.ts";
export { protocolName, type Role } from "./wire/protocol.ts";
export { Pub, type Published } from "./patterns/pubsub.ts";
export { RawRespondent, type RawSurvey, type RespondentSink } from "./patterns/respondent.ts";
export { RawSurveyor, type SurveyorSink } from "./patterns/surveyor.ts";
export { Respondent, type Survey } from "./patterns/respondent.ts";
export { BroadcastMessage } from "./patterns/broadcast.ts";
export { Sub } from "./patterns/pubsub.ts";
export { type Answer, type SurveyOptions, Surveyor } from "./patterns/surveyor.ts";
export { tcp } from "./transports/tcp.ts";
export { resolveTransport, type Transport } from "./wire/transport.ts";
