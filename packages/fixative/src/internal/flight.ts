/**
 * What became of the requests of one logical call: what a deadline must know when it ends it, and what a fallback must add up.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

export interface Flight {
  /** Requests that went out. */
  sent: number
  /** Those of them that failed after they may have been done. */
  ambiguous: number
  /** Those of them that are out now, or were cut off: an interruption answers nothing. */
  unanswered: number
}

const Current = Context.Reference<Flight | undefined>("@fixative/fixative/internal/flight", { defaultValue: () => undefined })

/** Runs with a flight: the one of an outer policy, or a new one. */
export const track = <A, E, R>(self: (flight: Flight) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Current, (outer) => {
    if (outer !== undefined) return self(outer)
    const flight: Flight = { sent: 0, ambiguous: 0, unanswered: 0 }
    return Effect.provideService(self(flight), Current, flight)
  })

const isAmbiguous = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.findErrorOption(cause)
  return Option.isSome(error) && Predicate.hasProperty(error.value, "delivery") && error.value.delivery === "MaybeProcessed"
}

/** Counts `self` as a request that goes out. */
export const out = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Current, (flight) => {
    if (flight === undefined) return self
    const answered = Effect.sync(() => {
      flight.unanswered -= 1
    })
    return Effect.suspend(() => {
      flight.sent += 1
      flight.unanswered += 1
      return Effect.matchCauseEffect(self, {
        onSuccess: (value) => Effect.as(answered, value),
        onFailure: (cause) => {
          if (isAmbiguous(cause)) flight.ambiguous += 1
          return Effect.andThen(answered, Effect.failCause(cause))
        }
      })
    })
  })
