/** One request from arrival to its end, whatever the end is, and its line in the journal. */
import { NodeHttpServerRequest } from "@effect/platform-node"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpServerError from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Journal from "../Journal.ts"
import type { Arrival, World } from "./world.ts"

/** What a request's journal entry says beyond when, where and how it ended. */
export type Facts = Partial<Omit<Journal.Entry, "seq" | "at" | "endedAt" | "method" | "path" | "requestId" | "status">>

/** What is to happen to a request. */
export interface Decision {
  readonly facts: Facts
  /** How long the provider works on it before the ending. */
  readonly delayMillis?: number
  readonly ending:
    | {
      readonly _tag: "Answer"
      readonly status: number
      /** Runs beside the delay, so that drawing does not add to it. */
      readonly work?: Effect.Effect<ReadonlyArray<Uint8Array>>
      readonly answer: (made: ReadonlyArray<Uint8Array>, processingMillis: number) => HttpServerResponse.HttpServerResponse
    }
    | { readonly _tag: "Reset" }
    | { readonly _tag: "Stall" }
}

type Response = HttpServerResponse.HttpServerResponse

const byClient = (cause: Cause.Cause<unknown>) =>
  cause.reasons.some((reason) => Cause.isInterruptReason(reason) && reason.annotations.has(HttpServerError.ClientAbort.key))

const pause = (millis: number) => millis > 0 ? Effect.sleep(millis) : Effect.void

/** A TCP reset: the client sees ECONNRESET. Nothing can be answered after it. */
const reset: Effect.Effect<never, never, HttpServerRequest.HttpServerRequest> = Effect.flatMap(
  HttpServerRequest.HttpServerRequest,
  (request) => {
    NodeHttpServerRequest.toIncomingMessage(request).socket.resetAndDestroy()
    return Effect.interrupt
  }
)

/** What the decision needs done before its ending: `undefined` where the ending is no answer. */
const perform = Effect.fnUntraced(function*(decision: Decision, at: number): Effect.fn.Return<Response | undefined> {
  const { delayMillis = 0, ending } = decision
  if (ending._tag === "Stall") return yield* Effect.never
  if (ending._tag === "Reset") return yield* Effect.as(pause(delayMillis), undefined)
  const [made] = yield* Effect.all([ending.work ?? Effect.succeed([]), pause(delayMillis)], { concurrency: 2 })
  return ending.answer(made, (yield* Clock.currentTimeMillis) - at)
})

/** A defect is answered 500, a shutdown 503, both without a body; 499 is nobody's answer. */
const statusWhenCut = (
  cause: Cause.Cause<never>,
  decision: Decision | undefined,
  gone: boolean
): Journal.Entry["status"] =>
  !Cause.hasInterruptsOnly(cause) ? 500 : decision?.ending._tag === "Stall" ? "stalled" : gone ? 499 : 503

// The server runs its application uninterruptibly, so the two parts that may be cut say so themselves: what
// `uninterruptibleMask` restores there would be uninterruptible as well.
/** Decides, performs and journals. A client that leaves at any point before the answer is journaled too. */
export const run = (
  world: World,
  target: { readonly method: string; readonly path: string },
  decide: (arrival: Arrival) => Effect.Effect<Decision, never, HttpServerRequest.HttpServerRequest>
): Effect.Effect<Response, never, HttpServerRequest.HttpServerRequest> =>
  Effect.uninterruptible(Effect.gen(function*() {
    const arrival = world.arrive(yield* Clock.currentTimeMillis)

    const record = Effect.fnUntraced(function*(status: Journal.Entry["status"], facts: Facts) {
      const endedAt = yield* Clock.currentTimeMillis
      const { at, requestId, seq } = arrival
      yield* world.store.add({
        seq, at, endedAt, ...target, requestId, status, valid: false, billedImages: 0, billedUsd: 0, ...facts
      })
    })

    const cut = (cause: Cause.Cause<never>, decision: Decision | undefined) => {
      const gone = byClient(cause)
      const facts: Facts = { ...decision?.facts, ...(gone ? { clientGone: true as const } : {}) }
      return Effect.andThen(record(statusWhenCut(cause, decision, gone), facts), Effect.failCause(cause))
    }

    const decided = yield* Effect.exit(Effect.interruptible(decide(arrival)))
    if (Exit.isFailure(decided)) return yield* cut(decided.cause, undefined)
    const decision = decided.value

    const performed = yield* Effect.exit(Effect.interruptible(perform(decision, arrival.at)))
    if (Exit.isFailure(performed)) return yield* cut(performed.cause, decision)

    yield* record(decision.ending._tag === "Answer" ? decision.ending.status : "reset", decision.facts)
    return performed.value ?? (yield* reset)
  }))
