/**
 * When to try again. A `Policy` is plain data; `schedule` makes an effect `Schedule` of it that reads the failure: whether
 * it may be repeated, how long the other side asks to wait, and whether repeating may cost twice.
 *
 * `judge` is the whole decision as a pure function: what was spent and the failure in, the next step out.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Failure from "./Failure.ts"
import * as Jitter from "./Jitter.ts"

export interface Policy {
  /** The first wait. Default 1 second: image APIs count their limits by the minute. At least 1 millisecond. */
  readonly base: Duration.Duration
  /** What each wait is multiplied with. Default 2. At least 1. */
  readonly factor: number
  /** The longest wait that is our own idea. Default 30 seconds. At least `base`. */
  readonly cap: Duration.Duration
  /** Tries after the first: `times + 1` in all. Default 5. From 0 to 100. */
  readonly times: number
  /** How the waits are spread. Default `"full"`. */
  readonly jitter: Jitter.Kind
  /**
   * The longest announced wait that is waited for. Default 5 minutes: a longer one (a day, until the next month) fails at
   * once, with the wait in the error.
   */
  readonly maxHint: Duration.Duration
  /**
   * What to do when the call may have been carried out (and billed) although it failed. Default `"fail"`: repeating it may
   * cost twice, which is its owner's decision.
   */
  readonly ambiguous: "fail" | "retry"
  /** With `"retry"`: how often such a failure is repeated, in one call. Default 1. From 0 to 100. */
  readonly ambiguousTimes: number
  /**
   * How often a refusal that tried nothing (an open circuit) is waited out, beside `times`. Default 600: while a breaker's
   * probe draws an image, callers ask again every second, and a slow provider takes minutes; a deadline ends it sooner. From
   * 0 to 10000.
   */
  readonly refusals: number
}

export interface Options {
  readonly base?: Duration.Input | undefined
  readonly factor?: number | undefined
  readonly cap?: Duration.Input | undefined
  readonly times?: number | undefined
  readonly jitter?: Jitter.Kind | undefined
  readonly maxHint?: Duration.Input | undefined
  readonly ambiguous?: "fail" | "retry" | undefined
  readonly ambiguousTimes?: number | undefined
  readonly refusals?: number | undefined
}

const count = (name: string, value: number, max: number): number => {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new RangeError(`Backoff.make: ${name} must be an integer from 0 to ${max}, got ${value}`)
}

/** Throws a `RangeError` for a value outside its range: a policy is written by a programmer, not by a user. */
export const make = (options: Options = {}): Policy => {
  const base = Duration.fromInputUnsafe(options.base ?? "1 second")
  const cap = Duration.fromInputUnsafe(options.cap ?? "30 seconds")
  const factor = options.factor ?? 2
  if (Duration.isLessThan(base, Duration.millis(1))) throw new RangeError("Backoff.make: base must be at least 1 millisecond")
  if (Duration.isLessThan(cap, base)) throw new RangeError("Backoff.make: cap must not be less than base")
  if (!(factor >= 1 && Number.isFinite(factor))) throw new RangeError(`Backoff.make: factor must be at least 1, got ${factor}`)
  const maxHint = Duration.fromInputUnsafe(options.maxHint ?? "5 minutes")
  if (Duration.isNegative(maxHint)) throw new RangeError("Backoff.make: maxHint must not be negative")
  return {
    base,
    cap,
    factor,
    times: count("times", options.times ?? 5, 100),
    jitter: options.jitter ?? "full",
    maxHint,
    ambiguous: options.ambiguous ?? "fail",
    ambiguousTimes: count("ambiguousTimes", options.ambiguousTimes ?? 1, 100),
    refusals: count("refusals", options.refusals ?? 600, 10_000)
  }
}

/** Every default. */
export const recommended: Policy = make()

/** What a call has spent of its policy. */
export interface Spent {
  readonly retries: number
  readonly ambiguous: number
  readonly refusals: number
}

export const nothing: Spent = { retries: 0, ambiguous: 0, refusals: 0 }

export type GiveUp = "not-retryable" | "attempts" | "ambiguous" | "hint-too-long" | "refusals"

export type Decision =
  | { readonly _tag: "GiveUp"; readonly why: GiveUp }
  | { readonly _tag: "Retry"; readonly spent: Spent; readonly failure: Failure.Failure }

const giveUp = (why: GiveUp): Decision => ({ _tag: "GiveUp", why })

/** Whether to try again after this error. Pure. */
export const judge = (policy: Policy, spent: Spent, error: unknown): Decision => {
  const failure = Failure.read(error)
  if (!failure.isRetryable) return giveUp("not-retryable")
  if (failure.retryAfter !== undefined && Duration.isGreaterThan(failure.retryAfter, policy.maxHint)) return giveUp("hint-too-long")
  if (failure.isRefusal) {
    if (spent.refusals >= policy.refusals) return giveUp("refusals")
    return { _tag: "Retry", failure, spent: { ...spent, refusals: spent.refusals + 1 } }
  }
  if (failure.isAmbiguous && (policy.ambiguous === "fail" || spent.ambiguous >= policy.ambiguousTimes)) return giveUp("ambiguous")
  if (spent.retries >= policy.times) return giveUp("attempts")
  const ambiguous = spent.ambiguous + (failure.isAmbiguous ? 1 : 0)
  return { _tag: "Retry", failure, spent: { ...spent, retries: spent.retries + 1, ambiguous } }
}

/** Growing waits up to a cap, without randomness and without an end. */
export const exponential = (options: {
  readonly base: Duration.Input
  readonly factor?: number | undefined
  readonly cap: Duration.Input
}): Schedule.Schedule<unknown> =>
  Schedule.min([Schedule.exponential(options.base, options.factor ?? 2), Schedule.spaced(options.cap)])

const jittered = (policy: Policy): Schedule.Schedule<unknown> => {
  const plain = exponential(policy)
  switch (policy.jitter) {
    case "none":
      return plain
    case "full":
      return Jitter.full(plain)
    case "equal":
      return Jitter.equal(plain)
    case "decorrelated":
      return Jitter.decorrelated(policy.cap)(plain)
  }
}

/** A wait before the next try. */
export interface Wait {
  readonly delay: Duration.Duration
  /** Whether the other side asked for it. */
  readonly hinted: boolean
  readonly spent: Spent
}

// An announced wait is never shortened; up to a tenth of it, a second at most, comes on top, so that those who were told
// the same second do not all come in it.
const spreadMillis = (hint: Duration.Duration): number => Math.min(1000, Duration.toMillis(hint) / 10)

/**
 * The policy as a `Schedule` over the errors of a call. It recurs while `judge` says so, and waits the longer of its own
 * backoff and the announced wait. A refusal waits for the announced time alone: nothing was tried, so nothing grows.
 */
export const schedule = (policy: Policy): Schedule.Schedule<Wait, unknown> =>
  Schedule.fromStep(Effect.map(Schedule.toStep(jittered(policy)), (step) => {
    let spent = nothing
    return (now: number, error: unknown) =>
      Effect.suspend(() => {
        const decision = judge(policy, spent, error)
        const stop = () => Cause.done<Wait>({ delay: Duration.zero, hinted: false, spent })
        if (decision._tag === "GiveUp") return stop()
        spent = decision.spent
        const { isRefusal, retryAfter } = decision.failure
        const own = isRefusal && retryAfter !== undefined
          ? Effect.succeed(Duration.zero)
          : Effect.map(Pull.catchDone(step(now, error), stop), ([, delay]) => delay)
        return Effect.flatMap(own, (backoff) =>
          Effect.map(Random.next, (u) => {
            const hint = retryAfter === undefined
              ? Duration.zero
              : Duration.sum(retryAfter, Duration.millis(u * spreadMillis(retryAfter)))
            const hinted = Duration.isGreaterThan(hint, backoff)
            const wait: Wait = { delay: hinted ? hint : backoff, hinted, spent }
            const next: [Wait, Duration.Duration] = [wait, wait.delay]
            return next
          }))
      })
  }))
