import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Backoff, Breaker, Events, ImageModel, Policies, PromptPolicy } from "../src/index.ts"
import { ask, down, failure, fake, limited, listened, lost, picture, refused } from "./support.ts"

/** Lets virtual time run until the effect is done. */
const run = <A, E, R>(self: Effect.Effect<A, E, R>, time: Duration.Input = "1 hour") =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self)
    yield* TestClock.adjust(time)
    return yield* Fiber.join(fiber)
  })

/** One stack that many calls share. */
const shared = <A, E>(layer: Layer.Layer<ImageModel.ImageModel>, use: (generate: ImageModel.Generate) => Effect.Effect<A, E>) =>
  Effect.provide(ImageModel.ImageModel.use((model) => use(model.generate)), layer)

const steady = Backoff.make({ jitter: "none" })

describe("attemptTimeout", () => {
  it.effect("ends an attempt that may have been billed, and lets go of it", () =>
    Effect.gen(function*() {
      const provider = fake(["never"])
      const error = yield* run(Effect.flip(ask(provider.layer.pipe(Policies.attemptTimeout({ total: "3 minutes" })))))
      assert.isTrue(error._tag === "ProviderError" && error.reason._tag === "Timeout" && error.delivery === "MaybeProcessed")
      assert.strictEqual(provider.running(), 0)
    }))

  it.effect("allows more for large pictures and high quality", () =>
    Effect.gen(function*() {
      const slow = Duration.minutes(5)
      for (const request of [{ quality: "high" }, { size: "3840x2160" }]) {
        yield* run(ask(fake([slow]).layer.pipe(Policies.attemptTimeout()), request))
      }
      yield* run(Effect.flip(ask(fake([slow]).layer.pipe(Policies.attemptTimeout()), { quality: "low", size: "1024x1024" })))
    }))
})

describe("retry", () => {
  it.effect("goes on when the sink breaks", () =>
    Effect.gen(function*() {
      const provider = fake([down])
      const broken = () => {
        throw new Error("a progress bar's bug")
      }
      yield* run(ask(provider.layer.pipe(Policies.attemptTimeout(), Policies.retry())).pipe(Effect.provideService(Events.Sink, broken)))
      assert.lengthOf(provider.calls, 2)
    }))

  it.effect("counts attempts in the result", () =>
    Effect.gen(function*() {
      const provider = fake([down, down])
      const result = yield* run(ask(provider.layer.pipe(Policies.retry())))
      assert.deepStrictEqual([result.attempts, result.ambiguousAttempts, provider.calls.length], [3, 0, 3])
    }))

  it.effect("repeats nothing that may have been billed, unless told so, and counts it then", () =>
    Effect.gen(function*() {
      const careful = fake([lost])
      assert.strictEqual((yield* run(Effect.flip(ask(careful.layer.pipe(Policies.retry()))))).delivery, "MaybeProcessed")
      assert.lengthOf(careful.calls, 1)
      const bold = fake([lost])
      const result = yield* run(ask(bold.layer.pipe(Policies.retry(Backoff.make({ ambiguous: "retry" })))))
      assert.deepStrictEqual([result.attempts, result.ambiguousAttempts], [2, 1])
    }))

  it.effect("sends a permanent error once", () =>
    Effect.gen(function*() {
      const provider = fake([refused])
      yield* run(Effect.flip(ask(provider.layer.pipe(Policies.retry()))))
      assert.lengthOf(provider.calls, 1)
    }))

  it.effect("tells each wait, with why and until when", () =>
    Effect.gen(function*() {
      const { events } = yield* run(listened(ask(fake([limited("9 seconds")]).layer.pipe(Policies.attemptTimeout(), Policies.retry(steady)))))
      assert.deepStrictEqual(events.map(({ _tag }) => _tag), ["Sent", "Failed", "Waiting", "Sent"])
      const wait = events[2]
      assert.isTrue(wait?._tag === "Waiting" && wait.hinted && wait.until >= 9000 && wait.until <= 9900)
    }))
})

describe("pacing", () => {
  it.effect("lets n images cost n permits", () =>
    Effect.gen(function*() {
      const provider = fake()
      const layer = provider.layer.pipe(Policies.pacing({ images: 6 }))
      yield* run(shared(layer, (generate) => Effect.forEach([1, 2, 3, 4], () => generate({ prompt: "a", n: 3 }), { concurrency: 4 })))
      // Six at once, then one in ten seconds.
      assert.deepStrictEqual(provider.calls, [0, 0, 30_000, 60_000])
    }))

  it.effect("serves a request that is larger than a window in parts", () =>
    Effect.gen(function*() {
      const provider = fake()
      yield* run(ask(provider.layer.pipe(Policies.pacing({ images: 2 })), { n: 5 }))
      assert.deepStrictEqual(provider.calls, [90_000])
    }))

  it.effect("holds everybody back when the provider announces a wait to one", () =>
    Effect.gen(function*() {
      const provider = fake([limited("20 seconds")])
      const layer = provider.layer.pipe(Policies.pacing(), Policies.retry(steady))
      yield* run(shared(layer, (generate) =>
        Effect.all([generate({ prompt: "a" }), Effect.delay(generate({ prompt: "b" }), "1 second")], { concurrency: 2 })))
      assert.strictEqual(provider.calls[0], 0)
      assert.lengthOf(provider.calls, 3)
      for (const at of provider.calls.slice(1)) assert.isAtLeast(at, 20_000)
    }))

  it.effect("a waiter that is interrupted gives its place back", () =>
    Effect.gen(function*() {
      const provider = fake()
      yield* shared(provider.layer.pipe(Policies.pacing({ images: 1 })), (generate) =>
        Effect.gen(function*() {
          yield* generate({ prompt: "takes the permit" })
          const leaver = yield* Effect.forkChild(generate({ prompt: "leaves" }))
          yield* TestClock.adjust("30 seconds")
          yield* Fiber.interrupt(leaver)
          const stayer = yield* Effect.forkChild(generate({ prompt: "stays" }))
          yield* TestClock.adjust("30 seconds")
          yield* Fiber.join(stayer)
        }))
      assert.deepStrictEqual(provider.calls, [0, 60_000])
    }))

  it.effect("does not hold anybody back for a refusal of our own", () =>
    Effect.gen(function*() {
      const provider = fake([down, down, down, down, down])
      const layer = provider.layer.pipe(Policies.breaker(), Policies.pacing())
      const seen = yield* run(shared(layer, (generate) => listened(Effect.forEach([1, 2, 3, 4, 5, 6, 7], () => Effect.ignore(generate({ prompt: "a" }))))))
      assert.lengthOf(provider.calls, 5)
      assert.isFalse(seen.events.some((event) => event._tag === "Waiting"))
    }))

  it("refuses a limit that is none", () => {
    assert.throws(() => Policies.pacing({ images: 0 }), /positive integer/)
    assert.throws(() => Policies.pacing({ images: 1.5 }), /positive integer/)
  })
})

describe("breaker", () => {
  it.effect("leaves a dead provider alone; retry waits the opening out", () =>
    Effect.gen(function*() {
      const provider = fake([down, down, down, down, down])
      const layer = provider.layer.pipe(Policies.breaker(), Policies.retry(steady))
      const results = yield* run(shared(layer, (generate) => Effect.forEach([1, 2, 3], () => Effect.result(generate({ prompt: "a" })), { concurrency: 3 })))
      assert.isTrue(results.every(({ _tag }) => _tag === "Success"))
      // Five failures open it; then one probe, and the three pictures: the probe is one of them.
      assert.lengthOf(provider.calls, 8)
    }))

  it.effect("keeps two stacks of one model apart, each with its own memory", () =>
    Effect.gen(function*() {
      const dead = fake([down, down, down, down, down])
      const stack = (layer: Layer.Layer<ImageModel.ImageModel>) => layer.pipe(Policies.breaker())
      yield* shared(stack(dead.layer), (generate) => Effect.forEach([1, 2, 3, 4, 5, 6], () => Effect.ignore(generate({ prompt: "a" }))))
      yield* ask(stack(fake().layer))
    }))

  it.effect("does not open for refused prompts and rate limits", () =>
    Effect.gen(function*() {
      const provider = fake([...Array.from({ length: 6 }, () => refused), ...Array.from({ length: 6 }, () => limited("1 second"))])
      yield* shared(provider.layer.pipe(Policies.breaker()), (generate) => Effect.forEach(Array.from({ length: 12 }), () => Effect.ignore(generate({ prompt: "a" }))))
      assert.lengthOf(provider.calls, 12)
    }))
})

describe("deadline", () => {
  it.effect("says whether a request was out when the time ended", () =>
    Effect.gen(function*() {
      const waiting = yield* run(Effect.flip(ask(fake([limited("4 minutes")]).layer.pipe(Policies.attemptTimeout(), Policies.retry(), Policies.deadline("1 minute")))))
      assert.deepStrictEqual([waiting._tag, waiting.delivery], ["DeadlineExceeded", "NotSent"])
      const out = yield* run(Effect.flip(ask(fake(["never"]).layer.pipe(Policies.attemptTimeout(), Policies.deadline("1 minute")))))
      assert.deepStrictEqual([out._tag, out.delivery], ["DeadlineExceeded", "MaybeProcessed"])
      const earlier = fake([lost, limited("4 minutes")]).layer.pipe(Policies.attemptTimeout(), Policies.retry(Backoff.make({ ambiguous: "retry" })), Policies.deadline("1 minute"))
      assert.strictEqual((yield* run(Effect.flip(ask(earlier)))).delivery, "MaybeProcessed")
    }))
})

describe("promptChecks", () => {
  it.effect("refuses before anything is sent", () =>
    Effect.gen(function*() {
      const provider = fake()
      const layer = provider.layer.pipe(Policies.promptChecks())
      for (const request of [{ prompt: "  " }, { prompt: "a poster for {{product}}" }, { prompt: "a \u0000 b" }]) {
        const error = yield* Effect.flip(ask(layer, request))
        assert.strictEqual(error._tag, "PromptRejected")
        assert.strictEqual(error.delivery, "NotSent")
      }
      assert.lengthOf(provider.calls, 0)
    }))

  it.effect("puts warnings into the result", () =>
    Effect.gen(function*() {
      const result = yield* ask(fake().layer.pipe(Policies.promptChecks()), { prompt: "Mickey Mouse surfing" })
      assert.deepStrictEqual(result.warnings.map(({ kind }) => kind), ["prompt"])
    }))

  const served = (key: string) =>
    Layer.succeed(ImageModel.ImageModel, {
      provider: "openai",
      model: "gpt-image-1-mini",
      key,
      generate: () => Effect.succeed(picture)
    }).pipe(Policies.promptChecks())

  it.effect("holds OpenAI's shutdown dates against OpenAI alone, and its limits against everybody who serves its models", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2027, 0, 1))
      const error = yield* Effect.flip(ask(served("openai/gpt-image-1-mini@https://api.openai.com/v1")))
      assert.include(error.remedy, "shut down on 2026-12-01")
      const gateway = served("openai/gpt-image-1-mini@http://gateway.local/v1")
      assert.include((yield* ask(gateway)).warnings[0]?.message, "shut down")
      assert.strictEqual((yield* Effect.flip(ask(gateway, { size: "640x640" })))._tag, "PromptRejected")
    }))

  it.effect("lets everything through with no policy but what no provider takes", () =>
    ask(fake().layer.pipe(Policies.promptChecks(PromptPolicy.none)), { prompt: "a red fox" }))
})

describe("fallback", () => {
  it.effect("moves on when a provider gives up, and says so", () =>
    Effect.gen(function*() {
      const first = fake([failure({ _tag: "QuotaExhausted", kind: "billing" })])
      const second = fake([], "two")
      const { events, result } = yield* run(listened(ask(Policies.fallback(first.layer, second.layer))))
      assert.isTrue(result._tag === "Success" && result.success.model === "two")
      assert.deepStrictEqual(events.map((event) => event._tag === "FellBack" ? event.to : event._tag), ["fake/two"])
    }))

  const stays: ReadonlyArray<readonly [string, ImageModel.ImageError]> = [
    ["a refused prompt", refused],
    ["a wrong request", failure({ _tag: "InvalidRequest" })],
    ["a request that may have been billed", lost],
    ["a cancelled call", failure({ _tag: "Cancelled" })]
  ]
  it.effect.each(stays)("does not take %s elsewhere", ([, error]) =>
    Effect.gen(function*() {
      const second = fake([], "two")
      assert.strictEqual(yield* Effect.flip(ask(Policies.fallback(fake([error]).layer, second.layer))), error)
      assert.lengthOf(second.calls, 0)
    }))

  it.effect("builds each model once, so that its breaker remembers", () =>
    Effect.gen(function*() {
      const first = fake(Array.from({ length: 50 }, () => down))
      const second = fake([], "two")
      const guarded = first.layer.pipe(Policies.breaker(Breaker.recommended))
      yield* shared(Policies.fallback(guarded, second.layer), (generate) => Effect.forEach(Array.from({ length: 20 }), () => generate({ prompt: "a" })))
      assert.lengthOf(first.calls, 5)
      assert.lengthOf(second.calls, 20)
    }))
})

it.effect("a probe that takes minutes fails nobody who waits for it", () =>
  Effect.gen(function*() {
    const provider = fake([down, down, down, down, down, Duration.minutes(4)])
    const layer = provider.layer.pipe(Policies.breaker(), Policies.retry(steady))
    const results = yield* run(shared(layer, (generate) => Effect.forEach([1, 2, 3], () => Effect.result(generate({ prompt: "a" })), { concurrency: 3 })))
    assert.isTrue(results.every(({ _tag }) => _tag === "Success"))
  }))
