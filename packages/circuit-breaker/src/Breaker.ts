/**
 * Effect's `CircuitBreaker` with settings for image APIs: named defaults, a classifier that reads the error, and one typed
 * refusal that a retry can wait for.
 *
 * Put the breaker inside the retry and around the call with its attempt timeout: it then sees one outcome per attempt, and
 * a dead provider is left alone after a few of them. (Effect's documentation puts the retry inside; for paid calls that
 * take minutes that is too slow to open and sends on while open.)
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { CircuitOpen } from "./CircuitOpen.ts"
import * as Outcome from "./Outcome.ts"

export type Options = Parameters<typeof CircuitBreaker.make>[0]

/**
 * Five failures in a row open the circuit, for 5 seconds at first, then twice as long each time up to a minute. Five, as
 * resilience4j's and the field's habit goes: a provider with 2 % of errors opens it once in 300 million calls.
 */
export const recommended: Options = {
  tripPolicy: CircuitBreaker.consecutive(5),
  openDuration: Schedule.min([Schedule.exponential("5 seconds"), Schedule.spaced("1 minute")])
}

/** Half of the last 20 calls, once 10 are known: for a provider that fails some of the time and answers in between. */
export const failureRate: Options = {
  tripPolicy: CircuitBreaker.rate({ threshold: 0.5, size: 20, minimumCalls: 10 }),
  openDuration: Schedule.min([Schedule.exponential("5 seconds"), Schedule.spaced("1 minute")])
}

/** When a call that was turned away because a probe is on its way should ask again. Nothing is sent by asking. */
export const probeWait = Duration.seconds(1)

const refusal = (key: string) => ({ reason }: CircuitBreaker.CircuitBreakerError): CircuitOpen => {
  switch (reason._tag) {
    case "CircuitOpen":
      return new CircuitOpen({ key, state: "open", retryAfter: reason.retryAfter })
    case "CircuitHalfOpen":
      return new CircuitOpen({ key, state: "half-open", retryAfter: probeWait })
    case "CircuitBreakerStoreError":
      return new CircuitOpen({ key, state: "unknown", retryAfter: probeWait })
  }
}

const isBreakerError = (error: unknown): error is CircuitBreaker.CircuitBreakerError =>
  error instanceof CircuitBreaker.CircuitBreakerError

/** A breaker as a combinator. Its circuits live in the scope that it was made in, one a key. */
export const make = (options: Options = recommended): Effect.Effect<
  (key: string) => <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, Exclude<E, CircuitBreaker.CircuitBreakerError> | CircuitOpen, R>,
  never,
  CircuitBreaker.CircuitBreakerStore | Scope.Scope
> =>
  Effect.map(CircuitBreaker.make(options), (breaker) => guard(breaker))

/** The same around a breaker that is there already, such as one shared by a whole program. */
export const guard = (breaker: CircuitBreaker.CircuitBreaker) =>
(key: string) =>
<A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, CircuitBreaker.CircuitBreakerError> | CircuitOpen, R> =>
  self.pipe(
    breaker.execute({ key, classify: Outcome.ofExit }),
    Effect.catchIf(
      isBreakerError,
      (error) => Effect.fail(refusal(key)(error)),
      (error) => Effect.fail(error)
    )
  )

/** Circuits in this process's memory: the store for one process. */
export const layerStoreMemory: Layer.Layer<CircuitBreaker.CircuitBreakerStore> = CircuitBreaker.layerStoreMemory()
