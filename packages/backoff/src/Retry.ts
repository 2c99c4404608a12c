/**
 * A policy around an effect: `Retry.with(Backoff.recommended)(call)`.
 *
 * One loop, exact attempts: the effect runs at most `times + 1` times, refusals that tried nothing aside, whatever pattern
 * of failures it meets. The last error comes back as it is. Defects and interruption are never retried.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Backoff from "./Backoff.ts"

export interface Observer<E> {
  /** Before each wait. */
  readonly onWait?: ((wait: Backoff.Wait, error: E) => Effect.Effect<void>) | undefined
}

const with_ = (policy: Backoff.Policy = Backoff.recommended) => {
  const schedule = Backoff.schedule(policy)
  return <A, E, R>(self: Effect.Effect<A, E, R>, observer?: Observer<E>): Effect.Effect<A, E, R> => {
    const onWait = observer?.onWait
    if (onWait === undefined) return Effect.retry(self, schedule)
    return Effect.retry(
      self,
      schedule.pipe(
        Schedule.setInputType<E>(),
        Schedule.tap(({ input, output }) => onWait(output, input))
      )
    )
  }
}

export {
  /** Retries an effect by a policy. Default: `Backoff.recommended`. */
  with_ as with
}
