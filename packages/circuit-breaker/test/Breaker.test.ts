import { assert, describe, it } from "@effect/vitest"
import { Data, Duration, Effect, Exit, Ref, Schema } from "effect"
import { CircuitBreaker } from "effect/persistence"
import { TestClock } from "effect/testing"
import { Breaker, CircuitOpen, Outcome } from "../src/index.ts"

class Failed extends Data.TaggedError("Failed")<{
  readonly isRetryable?: boolean
  readonly retryAfter?: Duration.Duration
  readonly circuitOutcome?: string
  readonly limits?: ReadonlyArray<{ readonly remaining?: number }>
}> {}

const down = new Failed({ isRetryable: true })
const mistake = new Failed({ isRetryable: false })

const withStore = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.provide(self, Breaker.layerStoreMemory)

describe("Outcome", () => {
  const cases: ReadonlyArray<readonly [string, unknown, CircuitBreaker.Outcome["_tag"]]> = [
    ["a provider that is down", down, "Failure"],
    ["the caller's mistake", mistake, "Ignored"],
    ["an error that says so itself: success", new Failed({ isRetryable: false, circuitOutcome: "success" }), "Success"],
    ["an error that says so itself: ignored", new Failed({ isRetryable: true, circuitOutcome: "ignored" }), "Ignored"],
    ["an error that says so itself: failure", new Failed({ isRetryable: false, circuitOutcome: "failure" }), "Failure"],
    ["a rate limit, told by its limits", new Failed({ isRetryable: true, limits: [{ remaining: 3 }, { remaining: 0 }] }), "Ignored"],
    ["an error while limits have room", new Failed({ isRetryable: true, limits: [{ remaining: 3 }] }), "Failure"],
    ["an error without a shape", new Error("?"), "Failure"],
    ["not even an object", "down", "Failure"]
  ]
  it.each(cases)("%s", (_name, error, expected) => {
    assert.strictEqual(Outcome.ofError(error)._tag, expected)
    assert.strictEqual(Outcome.ofExit(Exit.fail(error))._tag, expected)
  })

  it("carries the hint of a failure", () => {
    assert.deepStrictEqual(Outcome.ofError(new Failed({ isRetryable: true, retryAfter: Duration.seconds(7) })), CircuitBreaker.failure({ retryAfter: "7 seconds" }))
  })

  it("an answer is a success, a defect a failure", () => {
    assert.strictEqual(Outcome.ofExit(Exit.void)._tag, "Success")
    assert.strictEqual(Outcome.ofExit(Exit.die("bug"))._tag, "Failure")
  })
})

describe("Breaker", () => {
  const scenario = (options: Breaker.Options) =>
    Effect.gen(function*() {
      const breaker = yield* Breaker.make(options)
      const calls = yield* Ref.make(0)
      const call = (result: Effect.Effect<void, Failed>) => Effect.result(breaker("openai")(Effect.andThen(Ref.update(calls, (n) => n + 1), result)))
      return { call, calls }
    })

  it.effect("opens after five failures in a row, says until when, and closes again after a probe", () =>
    Effect.gen(function*() {
      const { call, calls } = yield* scenario(Breaker.recommended)
      for (let i = 0; i < 5; i++) yield* call(Effect.fail(down))
      const refused = yield* call(Effect.void)
      assert.strictEqual(yield* Ref.get(calls), 5)
      assert.isTrue(refused._tag === "Failure" && refused.failure instanceof CircuitOpen.CircuitOpen)
      if (refused._tag === "Failure" && refused.failure._tag === "CircuitOpen") {
        assert.strictEqual(refused.failure.state, "open")
        assert.strictEqual(Duration.toMillis(refused.failure.retryAfter), 5000)
        assert.isTrue(refused.failure.isRetryable && refused.failure.isRefusal)
        assert.strictEqual(refused.failure.delivery, "NotSent")
      }
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* call(Effect.void))._tag, "Success")
      assert.strictEqual((yield* call(Effect.void))._tag, "Success")
      assert.strictEqual(yield* Ref.get(calls), 7)
    }).pipe(Effect.scoped, withStore))

  it.effect("opens for longer each time, up to a minute", () =>
    Effect.gen(function*() {
      const { call } = yield* scenario(Breaker.recommended)
      for (let i = 0; i < 5; i++) yield* call(Effect.fail(down))
      const waits: Array<number> = []
      for (let i = 0; i < 6; i++) {
        const refused = yield* call(Effect.void)
        if (refused._tag !== "Failure" || refused.failure._tag !== "CircuitOpen") return assert.fail("expected a refusal")
        waits.push(Duration.toMillis(refused.failure.retryAfter))
        yield* TestClock.adjust(refused.failure.retryAfter)
        yield* call(Effect.fail(down)) // the probe fails
      }
      assert.deepStrictEqual(waits, [5000, 10_000, 20_000, 40_000, 60_000, 60_000])
    }).pipe(Effect.scoped, withStore))

  it.effect("never opens for the caller's mistakes", () =>
    Effect.gen(function*() {
      const { call, calls } = yield* scenario(Breaker.recommended)
      for (let i = 0; i < 20; i++) yield* call(Effect.fail(mistake))
      assert.strictEqual(yield* Ref.get(calls), 20)
    }).pipe(Effect.scoped, withStore))

  it.effect("turns others away while the probe is on its way", () =>
    Effect.gen(function*() {
      const { call } = yield* scenario({ tripPolicy: CircuitBreaker.consecutive(1), openDuration: "1 second" })
      yield* call(Effect.fail(down))
      yield* TestClock.adjust("1 second")
      yield* Effect.forkChild(call(Effect.never))
      yield* Effect.yieldNow
      const refused = yield* call(Effect.void)
      assert.isTrue(refused._tag === "Failure" && refused.failure._tag === "CircuitOpen" && refused.failure.state === "half-open")
    }).pipe(Effect.scoped, withStore))

  it.effect("keeps circuits apart by key", () =>
    Effect.gen(function*() {
      const breaker = yield* Breaker.make({ tripPolicy: CircuitBreaker.consecutive(1), openDuration: "1 minute" })
      yield* Effect.ignore(breaker("a")(Effect.fail(down)))
      assert.strictEqual(yield* breaker("b")(Effect.succeed("through")), "through")
    }).pipe(Effect.scoped, withStore))

  it.effect("the failure rate needs enough calls", () =>
    Effect.gen(function*() {
      const { call, calls } = yield* scenario(Breaker.failureRate)
      for (let i = 0; i < 30; i++) yield* call(Effect.fail(down))
      assert.strictEqual(yield* Ref.get(calls), 10)
    }).pipe(Effect.scoped, withStore))

  it("CircuitOpen round-trips through its schema", () => {
    const error = new CircuitOpen.CircuitOpen({ key: "k", state: "open", retryAfter: Duration.seconds(3) })
    const decoded = Schema.decodeUnknownSync(CircuitOpen.CircuitOpen)(JSON.parse(JSON.stringify(Schema.encodeSync(CircuitOpen.CircuitOpen)(error))))
    assert.strictEqual(decoded.message, "circuit k is open, retry after 3s")
  })
})
