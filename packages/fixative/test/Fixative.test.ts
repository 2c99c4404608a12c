import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Schema } from "effect"
import { CircuitBreaker } from "effect/persistence"
import { TestClock } from "effect/testing"
import { DeadlineExceeded, Fixative, ImageModel } from "../src/index.ts"
import { ask, type Answer, down, fake, limited, listened, lost, refused } from "./support.ts"

const run = <A, E, R>(self: Effect.Effect<A, E, R>, time: Duration.Input = "1 hour") =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self)
    yield* TestClock.adjust(time)
    return yield* Fiber.join(fiber)
  })

const many = (provider: ReturnType<typeof fake>, count: number, options: Partial<Fixative.Options<never, never>> = {}) =>
  ImageModel.ImageModel.use(({ generate }) =>
    Effect.forEach(Array.from({ length: count }), () => Effect.result(generate({ prompt: "a fox" })), { concurrency: count })
  ).pipe(Effect.provide(Fixative.layer({ providers: [provider.layer], ...options })))

describe("the order of the policies", () => {
  it.effect("checks come first: a bad prompt takes no permit and no time", () =>
    Effect.gen(function*() {
      const provider = fake()
      const { events, result } = yield* listened(ask(Fixative.layer({ providers: [provider.layer] }), { prompt: "" }))
      assert.isTrue(result._tag === "Failure" && result.failure._tag === "PromptRejected")
      assert.deepStrictEqual([events.length, provider.calls.length], [0, 0])
    }))

  it.effect("the breaker is inside retry: it sees every attempt, and few go into an outage", () =>
    Effect.gen(function*() {
      // Dead for its first 5 calls and dead for good: with the breaker outside retry each of 20 callers would send all its tries.
      const provider = fake(Array.from({ length: 10_000 }, () => down))
      yield* run(many(provider, 20, { deadline: "2 minutes" }))
      // Five to trip it, those in flight at that moment, and one probe an opening.
      assert.isAtMost(provider.calls.length, 30)
    }))

  it.effect("pacing is outside the breaker: after a trip nobody who waited for a permit goes out", () =>
    Effect.gen(function*() {
      const provider = fake(Array.from({ length: 10_000 }, () => down), "one", "1 second")
      const breaker = { tripPolicy: CircuitBreaker.consecutive(5), openDuration: "1 day" } as const
      yield* run(many(provider, 20, { pacing: { images: 5 }, breaker, retry: false, deadline: false }))
      assert.lengthOf(provider.calls, 5)
    }))

  it.effect("the attempt timeout is inside retry: a stalled attempt is repeated where that is allowed", () =>
    Effect.gen(function*() {
      const provider = fake(["never"])
      const result = yield* run(ask(Fixative.layer({ providers: [provider.layer], retry: { ambiguous: "retry" }, attemptTimeout: { total: "10 seconds" } })))
      assert.deepStrictEqual([result.attempts, result.ambiguousAttempts], [2, 1])
    }))

  it.effect("the deadline is around all of it", () =>
    Effect.gen(function*() {
      const layer = Fixative.layer({ providers: [fake(Array.from({ length: 99 }, () => limited("1 minute"))).layer], deadline: "90 seconds" })
      const error = yield* run(Effect.flip(ask(layer)))
      assert.deepStrictEqual([error._tag, error.delivery], ["DeadlineExceeded", "NotSent"])
    }))

  it.effect("with a next provider nobody waits for an open circuit or a long announced wait", () =>
    Effect.gen(function*() {
      const dead = fake(Array.from({ length: 999 }, () => down))
      const second = fake([], "two")
      const took: Array<number> = []
      const calls = ImageModel.ImageModel.use(({ generate }) =>
        Effect.forEach(Array.from({ length: 10 }), () =>
          Effect.gen(function*() {
            const [time] = yield* Effect.timed(generate({ prompt: "a fox" }))
            took.push(Duration.toMillis(time))
          })))
      yield* run(Effect.provide(calls, Fixative.layer({ providers: [dead.layer, second.layer], retry: { jitter: "none" } })))
      // The first call has its tries (1, 2, 4 and 8 s), then the circuit is open for everybody.
      assert.deepStrictEqual(took.slice(1, 3), [0, 0])
      assert.lengthOf(second.calls, 10)

      const limitedFor = fake([limited("2 minutes")])
      const [time, result] = yield* run(Effect.timed(ask(Fixative.layer({ providers: [limitedFor.layer, fake([], "two").layer] }))))
      assert.deepStrictEqual([Duration.toMillis(time), result.model, result.attempts], [0, "two", 2])
    }))

  it.effect("checks and timeouts see what the model fills in", () =>
    Effect.gen(function*() {
      const provider = fake([Duration.minutes(5)])
      const slow = Layer.effect(
        ImageModel.ImageModel,
        Effect.map(ImageModel.ImageModel, (model) => ImageModel.ImageModel.of({ ...model, defaults: { quality: "high" } }))
      ).pipe(Layer.provide(provider.layer))
      yield* run(ask(Fixative.layer({ providers: [slow] })))
      assert.lengthOf(provider.calls, 1)
    }))

  it.effect("fallback is around retry: each provider has its tries, and then the next one", () =>
    Effect.gen(function*() {
      const first = fake(Array.from({ length: 99 }, () => limited("1 second")))
      const second = fake([], "two")
      const result = yield* run(ask(Fixative.layer({ providers: [first.layer, second.layer], retry: { times: 2 } })))
      assert.deepStrictEqual([result.model, first.calls.length], ["two", 3])
    }))
})

describe("the defaults", () => {
  it.effect("make what can be made, and never send again what may have been billed", () =>
    Effect.gen(function*() {
      const answers: ReadonlyArray<Answer> = [limited("2 seconds"), down, lost]
      const provider = fake(answers)
      const error = yield* run(Effect.flip(ask(Fixative.layer({ providers: [provider.layer] }))))
      assert.strictEqual(error, lost)
      assert.lengthOf(provider.calls, 3)
    }))

  it.effect("send nothing before an announced time", () =>
    Effect.gen(function*() {
      const provider = fake([limited("7 seconds")])
      yield* run(many(provider, 3))
      // One was told to wait; two were out already.
      assert.isAtLeast(provider.calls[3] ?? 0, 7000)
    }))

  it.effect("send a refused prompt once", () =>
    Effect.gen(function*() {
      const provider = fake([refused])
      yield* run(Effect.flip(ask(Fixative.layer({ providers: [provider.layer] }))))
      assert.lengthOf(provider.calls, 1)
    }))

  it.effect("can each be switched off", () =>
    Effect.gen(function*() {
      const provider = fake(["never", down])
      const bare = Fixative.layer({ providers: [provider.layer], promptChecks: false, deadline: false, retry: false, pacing: false, breaker: false })
      const fiber = yield* Effect.forkChild(ask(bare, { prompt: "{{x}}" }))
      yield* TestClock.adjust("2 minutes")
      assert.lengthOf(provider.calls, 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(provider.running(), 0)
      assert.strictEqual(yield* Effect.flip(ask(bare)), down)
    }))
})

it("DeadlineExceeded round-trips through its schema", () => {
  const error = new DeadlineExceeded.DeadlineExceeded({ deadline: Duration.minutes(1), delivery: "NotSent" })
  const decoded = Schema.decodeUnknownSync(DeadlineExceeded.DeadlineExceeded)(JSON.parse(JSON.stringify(Schema.encodeSync(DeadlineExceeded.DeadlineExceeded)(error))))
  assert.strictEqual(decoded.message, error.message)
})
