/**
 * Randomness on top of a schedule's delays, so that callers that failed together do not come back together. The three
 * kinds are those of AWS's "Exponential Backoff And Jitter" (2015); effect's own `Schedule.jittered` spreads by plus or
 * minus 20 % only, which keeps a herd together.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"

export type Kind = "none" | "full" | "equal" | "decorrelated"

const between = (min: number, max: number): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.next, (u) => Duration.millis(min + u * Math.max(0, max - min)))

/** Anything from nothing to the whole delay: the least load on a server that many callers wait for. */
export const full = <Output, Input, Error, Env>(
  self: Schedule.Schedule<Output, Input, Error, Env>
): Schedule.Schedule<Output, Input, Error, Env> =>
  Schedule.modifyDelay(self, ({ duration }) => between(0, Duration.toMillis(duration)))

/** Anything from half the delay to the whole of it: never at once. */
export const equal = <Output, Input, Error, Env>(
  self: Schedule.Schedule<Output, Input, Error, Env>
): Schedule.Schedule<Output, Input, Error, Env> =>
  Schedule.modifyDelay(self, ({ duration }) => between(Duration.toMillis(duration) / 2, Duration.toMillis(duration)))

/**
 * Anything from the schedule's first delay to three times the last wait. It grows from its own waits, so of the
 * schedule's later delays it takes only whether there is one.
 *
 * @param cap the longest wait; without one it grows for ever
 */
export const decorrelated = (cap: Duration.Input) =>
<Output, Input, Error, Env>(
  self: Schedule.Schedule<Output, Input, Error, Env>
): Schedule.Schedule<Output, Input, Error, Env> => {
  const capMillis = Duration.toMillis(Duration.fromInputUnsafe(cap))
  return Schedule.fromStep(Effect.map(Schedule.toStep(self), (step) => {
    let base: number | undefined
    let last = 0
    return (now: number, input: Input) =>
      Effect.flatMap(step(now, input), ([output, delay]) => {
        base ??= Math.min(Duration.toMillis(delay), capMillis)
        last = Math.max(last, base)
        return Effect.map(between(base, Math.min(capMillis, last * 3)), (wait) => {
          last = Duration.toMillis(wait)
          const next: [Output, Duration.Duration] = [output, wait]
          return next
        })
      })
  }))
}
