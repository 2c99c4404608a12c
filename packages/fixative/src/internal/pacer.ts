/**
 * How fast requests of one key go out: a permit for each image from effect's `RateLimiter`, and a gate that a provider's
 * announced wait closes for everybody.
 *
 * The limiter is asked with `onExceeded: "fail"` and asked again later, by one waiter at a time: a waiter that is
 * interrupted leaves no reservation behind (with `"delay"` it would), and the others keep their order.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as RateLimiter from "effect/persistence/RateLimiter"
import * as Semaphore from "effect/Semaphore"
import * as Events from "../Events.ts"

export interface Limit {
  /** Images in each window. */
  readonly images: number
  readonly window: Duration.Duration
}

export interface Pacer {
  /** Waits until `images` more may go out. */
  readonly admit: (key: string, images: number) => Effect.Effect<void>
  /** Lets nobody through for this long. */
  readonly pause: (delay: Duration.Duration) => Effect.Effect<void>
}

const waitFor = (why: "pacing" | "hint", delay: Duration.Duration): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.andThen(
      Events.emit({ _tag: "Waiting", why, delay, until: now + Duration.toMillis(delay), hinted: why === "hint" }),
      Effect.sleep(delay)
    ))

export const make = (limit: Limit | undefined, maxPause: Duration.Duration): Effect.Effect<Pacer, never, RateLimiter.RateLimiter> =>
  Effect.gen(function*() {
    const limiter = yield* RateLimiter.RateLimiter
    const turn = yield* Semaphore.make(1)
    let closedUntil = 0

    const pass: Effect.Effect<void> = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      now >= closedUntil ? Effect.void : Effect.andThen(waitFor("hint", Duration.millis(closedUntil - now)), pass))

    const take = (key: string, tokens: number, { images, window }: Limit): Effect.Effect<void> =>
      limiter.consume({ key, algorithm: "token-bucket", onExceeded: "fail", limit: images, window, tokens }).pipe(
        Effect.asVoid,
        Effect.catchReason(
          "RateLimiterError",
          "RateLimitExceeded",
          ({ retryAfter }) => Effect.andThen(waitFor("pacing", Duration.max(retryAfter, Duration.millis(1))), take(key, tokens, { images, window })),
          // The memory store cannot fail; a shared one that is away must not stop the work.
          () => Effect.void
        )
      )

    // A request for more images than a window allows takes its permits in parts.
    const takeAll = (key: string, images: number): Effect.Effect<void> => {
      if (limit === undefined || images <= 0) return Effect.void
      const now = Math.min(images, limit.images)
      return Effect.andThen(take(key, now, limit), Effect.suspend(() => takeAll(key, images - now)))
    }

    return {
      // The gate is looked at again after the permits came: it may have been closed meanwhile.
      admit: (key, images) => turn.withPermits(1)(pass.pipe(Effect.andThen(takeAll(key, images)), Effect.andThen(pass))),
      pause: (delay) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          closedUntil = Math.max(closedUntil, now + Duration.toMillis(Duration.min(delay, maxPause)))
        })
    }
  })
