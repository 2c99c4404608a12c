/**
 * Ends a batch early without losing what is paid for. Once asked for, nothing new is sent; requests that are out may finish
 * within a grace period and are stored; then, or when asked a second time, everything is let go.
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export type Why = "signal" | "disk"

/** The part of one prompt in a stop. */
export interface Turn {
  /** Whether a request is out. */
  isOut: boolean
  /** Done when this prompt must let go. */
  readonly letGo: Deferred.Deferred<void>
}

export interface Stop {
  /** Why the batch ends early, once it does. */
  readonly why: () => Why | undefined
  /** Asks for the end. */
  readonly request: (why: Why) => Effect.Effect<void>
  /** Runs a prompt; `undefined` when it had to let go. */
  readonly run: <A, E, R>(self: (turn: Turn) => Effect.Effect<A, E, R>) => Effect.Effect<A | undefined, E, R>
  /** Before a request goes out: passes, or never returns once the end was asked for. */
  readonly beforeSend: (turn: Turn) => Effect.Effect<void>
  /** After an answer: passes, or never returns once the end was asked for. */
  readonly afterAnswer: (turn: Turn) => Effect.Effect<void>
}

export const make = (grace: Duration.Duration): Effect.Effect<Stop, never, Scope.Scope> =>
  Effect.gen(function*() {
    const turns = new Set<Turn>()
    const scope = yield* Effect.scope
    let reason: Why | undefined

    const letGo = (turn: Turn) => Deferred.succeed(turn.letGo, undefined)
    const letGoOf = (which: (turn: Turn) => boolean) =>
      Effect.suspend(() => Effect.forEach([...turns].filter(which), letGo, { discard: true }))

    // Whoever cannot go on lets go, and waits for that to reach it.
    const pass = (turn: Turn) => reason === undefined ? Effect.void : Effect.andThen(letGo(turn), Effect.never)

    return {
      why: () => reason,
      request: (why) =>
        Effect.suspend(() => {
          if (reason !== undefined) return Effect.void
          reason = why
          return letGoOf((turn) => !turn.isOut).pipe(
            Effect.andThen(Effect.forkIn(Effect.delay(letGoOf(() => true), grace), scope)),
            Effect.asVoid
          )
        }),
      run: (self) =>
        Effect.suspend(() => {
          const turn: Turn = { isOut: false, letGo: Deferred.makeUnsafe() }
          if (reason !== undefined) return Effect.undefined
          turns.add(turn)
          return Effect.raceFirst(self(turn), Effect.as(Deferred.await(turn.letGo), undefined)).pipe(
            Effect.ensuring(Effect.sync(() => turns.delete(turn)))
          )
        }),
      beforeSend: (turn) =>
        Effect.suspend(() => {
          if (reason !== undefined) return pass(turn)
          turn.isOut = true
          return Effect.void
        }),
      afterAnswer: (turn) =>
        Effect.suspend(() => {
          turn.isOut = false
          return pass(turn)
        })
    }
  })
