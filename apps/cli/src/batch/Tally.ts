/** What one prompt went through, counted from the events of its call. */
import * as Duration from "effect/Duration"
import { type Events, type ImageModel } from "fixative"
import * as ErrorReport from "../ErrorReport.ts"

export interface Tally {
  /** Requests that went out. */
  attempts: number
  waits: number
  waitedMillis: number
  /** Requests that failed after they may have been billed. */
  ambiguous: number
  /** How often each failure was met, by wire name. */
  readonly met: Map<string, number>
}

export const make = (): Tally => ({ attempts: 0, waits: 0, waitedMillis: 0, ambiguous: 0, met: new Map() })

const meet = (tally: Tally, error: ImageModel.ImageError): void => {
  const { reason } = ErrorReport.of(error)
  tally.met.set(reason, (tally.met.get(reason) ?? 0) + 1)
  if (error.delivery === "MaybeProcessed") tally.ambiguous += 1
}

export const add = (tally: Tally, event: Events.Event): void => {
  switch (event._tag) {
    case "Sent":
      tally.attempts += 1
      return
    case "Failed":
      return meet(tally, event.error)
    case "Waiting":
      tally.waits += 1
      tally.waitedMillis += Math.round(Duration.toMillis(event.delay))
      return
    case "FellBack":
      return
  }
}
