/** What one prompt went through in this run, counted from the events of its call. */
import * as Duration from "effect/Duration"
import type { Events, ImageModel } from "fixative"
import * as ErrorReport from "../ErrorReport.ts"
import * as Manifest from "./Manifest.ts"

export interface Tally {
  readonly startedAt: number
  /** Requests that went out. */
  attempts: number
  waits: number
  waitedMillis: number
  /** Whether a request is out. */
  isOut: boolean
  /** Requests that failed after they may have been billed. */
  ambiguous: number
  /** How often each failure was met, by wire name. */
  readonly met: Map<string, number>
  readonly moments: Array<Manifest.Moment>
}

export const make = (startedAt: number): Tally => ({
  startedAt,
  attempts: 0,
  waits: 0,
  waitedMillis: 0,
  isOut: false,
  ambiguous: 0,
  met: new Map(),
  moments: []
})

const moment = (tally: Tally, of: Manifest.Moment): void => {
  if (tally.moments.length < Manifest.maxMoments) tally.moments.push(of)
}

/** A request goes out. Told by the gate: an event comes before it. */
export const sent = (tally: Tally, at: number): void => {
  tally.attempts += 1
  tally.isOut = true
  moment(tally, { at, event: "sent" })
}

const meet = (tally: Tally, error: ImageModel.ImageError, at: number): void => {
  const { reason, requestId, rule } = ErrorReport.of(error)
  const mayBeBilled = error.delivery === "MaybeProcessed"
  tally.met.set(reason, (tally.met.get(reason) ?? 0) + 1)
  if (mayBeBilled) tally.ambiguous += 1
  tally.isOut = false
  moment(tally, {
    at,
    event: "failed",
    reason,
    rule,
    ...(requestId === undefined ? {} : { requestId }),
    ...(mayBeBilled ? { mayBeBilled } : {})
  })
}

const whyOf = (event: Extract<Events.Event, { readonly _tag: "Waiting" }>): NonNullable<Manifest.Moment["why"]> => {
  if (event.why !== "retry") return event.why
  if (event.error?._tag === "CircuitOpen") return "circuit"
  return event.hinted ? "provider" : "backoff"
}

export const add = (tally: Tally, event: Events.Event, at: number): void => {
  switch (event._tag) {
    case "Failed":
      return meet(tally, event.error, at)
    case "Waiting": {
      const millis = Math.round(Duration.toMillis(event.delay))
      const why = whyOf(event)
      const last = tally.moments.at(-1)
      tally.waits += 1
      tally.waitedMillis += millis
      // Asking every second whether the circuit is closed is one wait.
      if (why === "circuit" && last?.why === "circuit") tally.moments[tally.moments.length - 1] = { ...last, millis: at + millis - last.at }
      else moment(tally, { at, event: "waiting", millis, why })
      return
    }
    case "Sent":
    case "FellBack":
      return
  }
}
