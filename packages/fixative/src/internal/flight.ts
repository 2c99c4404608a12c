/** Whether a request is out: what a deadline must know when it ends a call. */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

/** Requests of one logical call that went out and got no clear answer: cut off, or failed after they may have been done. */
export interface Flight {
  unanswered: number
}

const Current = Context.Reference<Flight | undefined>("@fixative/fixative/internal/flight", { defaultValue: () => undefined })

export const make = (): Flight => ({ unanswered: 0 })

export const provide = (flight: Flight) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(self, Current, flight)

const isAmbiguous = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.findErrorOption(cause)
  return Option.isSome(error) && Predicate.hasProperty(error.value, "delivery") && error.value.delivery === "MaybeProcessed"
}

/** Counts `self` as out until it is answered, well or badly. An interruption answers nothing. */
export const out = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Current, (flight) => {
    if (flight === undefined) return self
    const answered = Effect.sync(() => {
      flight.unanswered -= 1
    })
    return Effect.suspend(() => {
      flight.unanswered += 1
      return Effect.matchCauseEffect(self, {
        onSuccess: (value) => Effect.as(answered, value),
        onFailure: (cause) => isAmbiguous(cause) ? Effect.failCause(cause) : Effect.andThen(answered, Effect.failCause(cause))
      })
    })
  })
