import { assert, describe, it } from "@effect/vitest"
import { Data, Duration, Effect, Fiber, Random, Ref, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Backoff, Failure, Jitter, Retry } from "../src/index.ts"

class Busy extends Data.TaggedError("Busy")<{
  readonly isRetryable: boolean
  readonly retryAfter?: Duration.Duration
  readonly delivery?: string
  readonly isRefusal?: boolean
}> {}

const busy = (fields: Partial<ConstructorParameters<typeof Busy>[0]> = {}) => new Busy({ isRetryable: true, ...fields })
const ambiguous = busy({ delivery: "MaybeProcessed" })
const refused = (retryAfter: Duration.Duration) => busy({ isRefusal: true, delivery: "NotSent", retryAfter })

/** The delays of a schedule over these errors; shorter than the errors when it stops early. */
const delays = (schedule: Schedule.Schedule<unknown, unknown>, errors: ReadonlyArray<unknown>) =>
  Effect.gen(function*() {
    const step = yield* Schedule.toStep(schedule)
    const out: Array<number> = []
    for (const error of errors) {
      const next = yield* Effect.option(Effect.result(step(0, error)).pipe(Effect.flatMap(Effect.fromResult)))
      if (next._tag === "None") break
      out.push(Duration.toMillis(next.value[1]))
    }
    return out
  })

const plain = (options: Backoff.Options = {}) => Backoff.schedule(Backoff.make({ jitter: "none", ...options }))
const times = <A>(n: number, value: A): ReadonlyArray<A> => Array.from({ length: n }, () => value)

/** Runs an effect that fails with these errors in turn and then succeeds; says how often it ran. */
const executions = (policy: Backoff.Policy, errors: ReadonlyArray<unknown>) =>
  Effect.gen(function*() {
    const runs = yield* Ref.make(0)
    const call = Effect.flatMap(Ref.getAndUpdate(runs, (n) => n + 1), (n) => n < errors.length ? Effect.fail(errors[n]) : Effect.void)
    const fiber = yield* Effect.forkChild(Effect.exit(Retry.with(policy)(call)))
    yield* TestClock.adjust("10 days")
    const exit = yield* Fiber.join(fiber)
    return [yield* Ref.get(runs), exit._tag] as const
  })

describe("schedule", () => {
  it.effect("doubles up to the cap and stops after `times`", () =>
    Effect.map(delays(plain({ base: "1 second", cap: "5 seconds", times: 5 }), times(9, busy())), (found) =>
      assert.deepStrictEqual(found, [1000, 2000, 4000, 5000, 5000])))

  it.effect("stops at an error that is not retryable, or has no shape at all", () =>
    Effect.gen(function*() {
      for (const error of [busy({ isRetryable: false }), new Error("no shape"), "text", undefined, { isRetryable: "yes" }]) {
        assert.deepStrictEqual(yield* delays(plain(), [error]), [])
      }
    }))

  it.effect("waits for an announced time, and not a moment less", () =>
    Effect.gen(function*() {
      const hint = Duration.seconds(9)
      for (let seed = 0; seed < 50; seed++) {
        const [wait = 0] = yield* delays(plain(), [busy({ retryAfter: hint })]).pipe(Random.withSeed(seed))
        assert.isTrue(wait >= 9000 && wait <= 9900, `${wait}`)
      }
    }))

  it.effect("waits its own time when that is longer than the hint", () =>
    Effect.map(delays(plain({ base: "4 seconds" }), [busy({ retryAfter: Duration.millis(5) })]), (found) =>
      assert.deepStrictEqual(found, [4000])))

  it.effect("gives up at once when the hint is longer than it will wait", () =>
    Effect.map(delays(plain({ maxHint: "1 minute" }), [busy({ retryAfter: Duration.days(1) })]), (found) =>
      assert.deepStrictEqual(found, [])))

  it.effect("repeats nothing that may have been billed, unless its owner allowed it, and then once", () =>
    Effect.gen(function*() {
      assert.lengthOf(yield* delays(plain(), [ambiguous]), 0)
      assert.lengthOf(yield* delays(plain({ ambiguous: "retry" }), [ambiguous, ambiguous]), 1)
      assert.lengthOf(yield* delays(plain({ ambiguous: "retry" }), [ambiguous, busy(), busy(), ambiguous]), 3)
    }))

  it.effect("waits out refusals without spending tries or growing", () =>
    Effect.map(delays(plain({ times: 1, refusals: 3 }), [...times(3, refused(Duration.seconds(2))), busy(), busy()]), (found) => {
      assert.lengthOf(found, 4)
      for (const wait of found.slice(0, 3)) assert.isTrue(wait >= 2000 && wait <= 2200)
      assert.strictEqual(found[3], 1000)
    }))

  it.effect("does not wait for ever for refusals", () =>
    Effect.map(delays(plain({ refusals: 3 }), times(9, refused(Duration.seconds(2)))), (found) => assert.lengthOf(found, 3)))

  it.effect("starts anew for each call", () =>
    Effect.gen(function*() {
      const schedule = plain({ times: 1 })
      assert.lengthOf(yield* delays(schedule, times(3, busy())), 1)
      assert.lengthOf(yield* delays(schedule, times(3, busy())), 1)
    }))

  it.effect("a hint that is negative or no duration is no hint", () =>
    Effect.sync(() => {
      assert.isUndefined(Failure.read({ isRetryable: true, retryAfter: Duration.millis(-5) }).retryAfter)
      assert.isUndefined(Failure.read({ isRetryable: true, retryAfter: 5 }).retryAfter)
    }))
})

describe("jitter", () => {
  const samples = (modify: (self: Schedule.Schedule<unknown>) => Schedule.Schedule<unknown>) =>
    Effect.forEach(Array.from({ length: 2000 }, (_, seed) => seed), (seed) =>
      delays(modify(Schedule.spaced("1 second")), times(3, busy())).pipe(Random.withSeed(seed)))
  const mean = (values: ReadonlyArray<number>) => values.reduce((a, b) => a + b, 0) / values.length

  it.effect("full: uniform from nothing to the delay", () =>
    Effect.map(samples(Jitter.full), (all) => {
      const values = all.flat()
      assert.isTrue(values.every((value) => value >= 0 && value <= 1000))
      assert.isTrue(Math.min(...values) < 20 && Math.max(...values) > 980)
      assert.approximately(mean(values), 500, 25)
    }))

  it.effect("equal: uniform from half the delay to the whole", () =>
    Effect.map(samples(Jitter.equal), (all) => {
      const values = all.flat()
      assert.isTrue(values.every((value) => value >= 500 && value <= 1000))
      assert.approximately(mean(values), 750, 15)
    }))

  it.effect("decorrelated: from the base to three times the last wait, under the cap", () =>
    Effect.map(samples(Jitter.decorrelated("4 seconds")), (all) => {
      for (const [first = 0, second = 0, third = 0] of all) {
        assert.isTrue(first >= 1000 && first <= 3000)
        assert.isTrue(second >= 1000 && second <= Math.min(4000, first * 3))
        assert.isTrue(third >= 1000 && third <= Math.min(4000, second * 3))
      }
      assert.isTrue(Math.max(...all.flat()) > 3900)
    }))

  it.effect("every kind keeps attempts exact", () =>
    Effect.gen(function*() {
      for (const jitter of ["none", "full", "equal", "decorrelated"] as const) {
        assert.deepStrictEqual(yield* executions(Backoff.make({ jitter, times: 3 }), times(50, busy())), [4, "Failure"])
      }
    }))
})

describe("Retry.with", () => {
  it.effect("comes back with the answer of the try that worked", () =>
    Effect.map(executions(Backoff.recommended, times(5, busy())), (found) => assert.deepStrictEqual(found, [6, "Success"])))

  it.effect("comes back with the last error itself", () =>
    Effect.gen(function*() {
      const last = busy({ isRetryable: false })
      const failed = yield* Effect.flip(Retry.with(Backoff.recommended)(Effect.fail(last)))
      assert.strictEqual(failed, last)
    }))

  const Pattern = Schema.Array(Schema.Literals(["retryable", "permanent", "ambiguous", "refused", "hinted", "no-shape"]))
  const errorOf = { retryable: busy(), permanent: busy({ isRetryable: false }), ambiguous, refused: refused(Duration.seconds(1)), hinted: busy({ retryAfter: Duration.seconds(3) }), "no-shape": "?" }

  it.effect.prop("never runs more than times + 1 times, refusals aside", [Pattern, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6 }))], ([pattern, limit]) =>
    Effect.gen(function*() {
      const policy = Backoff.make({ times: limit, refusals: 4, ambiguous: "retry" })
      const [runs] = yield* executions(policy, pattern.map((kind) => errorOf[kind]))
      const refusals = pattern.slice(0, runs).filter((kind) => kind === "refused").length
      assert.isAtMost(runs - Math.min(refusals, 4), limit + 1)
      const stop = pattern.findIndex((kind) => kind === "permanent" || kind === "no-shape")
      if (stop >= 0) assert.isAtMost(runs, stop + 1)
      assert.isAtMost(pattern.slice(0, runs - 1).filter((kind) => kind === "ambiguous").length, 1)
    }))

  it.effect("tells each wait before it begins", () =>
    Effect.gen(function*() {
      const seen: Array<readonly [number, boolean]> = []
      const policy = Backoff.make({ jitter: "none", times: 2 })
      const fiber = yield* Effect.fail(busy({ retryAfter: Duration.millis(1500) })).pipe(
        (self) => Retry.with(policy)(self, { onWait: (wait) => Effect.sync(() => seen.push([wait.spent.retries, wait.hinted])) }),
        Effect.ignore,
        Effect.forkChild
      )
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      // The hint of 1.5 s is longer than the first backoff (1 s) and shorter than the second (2 s).
      assert.deepStrictEqual(seen, [[1, true], [2, false]])
    }))

  it.effect("does not retry a defect", () =>
    Effect.gen(function*() {
      const runs = yield* Ref.make(0)
      yield* Effect.exit(Retry.with(Backoff.recommended)(Effect.andThen(Ref.update(runs, (n) => n + 1), Effect.die("bug"))))
      assert.strictEqual(yield* Ref.get(runs), 1)
    }))

  it.effect("a caller that is interrupted while waiting is let go at once", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Retry.with(Backoff.make({ base: "20 seconds", jitter: "none" }))(Effect.fail(busy())))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
    }))
})

describe("make", () => {
  it("says which option is out of range", () => {
    assert.throws(() => Backoff.make({ times: -1 }), /times must be an integer from 0 to 100/)
    assert.throws(() => Backoff.make({ times: 1.5 }), /times/)
    assert.throws(() => Backoff.make({ factor: 0.5 }), /factor/)
    assert.throws(() => Backoff.make({ base: 0 }), /base/)
    assert.throws(() => Backoff.make({ base: "1 minute", cap: "1 second" }), /cap/)
  })
})
