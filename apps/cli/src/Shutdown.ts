/**
 * What a signal means. A command that has paid work in flight claims the first one, to let that work finish; without a claim,
 * and at the second signal, the command is interrupted.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

type Claim = (signal: NodeJS.Signals) => void

const claims: Array<Claim> = []

/** Gets the first signal that comes while the scope is open. */
export const claim = (onSignal: Claim): Effect.Effect<void, never, Scope.Scope> =>
  Effect.asVoid(Effect.acquireRelease(
    Effect.sync(() => claims.push(onSignal)),
    () => Effect.sync(() => claims.splice(claims.indexOf(onSignal), 1))
  ))

/** Listens for signals; `interrupt` is called when nobody claims one. */
export const listen = (interrupt: () => void): void => {
  let isClaimed = false
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      const onSignal = claims.at(-1)
      if (isClaimed || onSignal === undefined) return interrupt()
      isClaimed = true
      onSignal(signal)
    })
  }
}
