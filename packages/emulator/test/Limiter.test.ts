import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Limiter from "../src/internal/limiter.ts"
import { emulate, post } from "./support.ts"

const header = (answer: { readonly headers: Headers }, name: string) => answer.headers.get(`x-ratelimit-${name}`)

describe("the limiter over HTTP", () => {
  // Under a test clock: the emulator's time stands still until the test moves it.
  it.effect("stops a burst, says for how long, and means it", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: { limits: { requestsPerMinute: 1_200, burst: 3 } } })
      const prompts = [1, 2, 3, 4, 5, 6].map((i) => `fox ${i}`)
      const answers = yield* Effect.forEach(prompts, (prompt) => post(emulator.url, { prompt }), { concurrency: 6 })
      const limited = answers.filter((answer) => answer.status === 429)
      assert.strictEqual(answers.filter((answer) => answer.status === 200).length, 3)
      assert.strictEqual(limited.length, 3)
      for (const answer of answers) assert.strictEqual(header(answer, "limit-requests"), "1200")
      for (const answer of limited) {
        assert.strictEqual(header(answer, "remaining-requests"), "0")
        assert.strictEqual(header(answer, "reset-requests"), "150ms")
        assert.strictEqual(answer.headers.get("retry-after-ms"), "50")
        assert.strictEqual(answer.headers.get("retry-after"), "1")
        assert.strictEqual(answer.body.error.code, "rate_limit_exceeded")
        assert.include(answer.body.error.message, "requests per min: Limit 1200. Please try again in 50ms.")
      }
      const [entry] = (yield* emulator.journal).filter((entry) => entry.status === 429)
      yield* TestClock.adjust("49 millis")
      assert.strictEqual((yield* post(emulator.url, { prompt: "another" })).status, 429)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* post(emulator.url, { prompt: entry?.prompt })).status, 200)
      assert.isUndefined((yield* emulator.journal).at(-1)?.early)
    }))

  it.live("counts images, and refuses for good what never fits", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: { limits: { imagesPerMinute: 5 } } })
      const first = yield* post(emulator.url, { prompt: "fox", n: 3 })
      assert.strictEqual(first.status, 200)
      assert.strictEqual(header(first, "remaining-images"), "2")
      assert.strictEqual(header(first, "reset-images"), "36s")
      const second = yield* post(emulator.url, { prompt: "fox", n: 3 })
      assert.strictEqual(second.status, 429)
      assert.include(second.body.error.message, "images per min: Limit 5")
      const never = yield* post(emulator.url, { prompt: "fox", n: 6 })
      assert.strictEqual(never.status, 429)
      assert.include(never.body.error.message, "Request too large")
      assert.isNull(never.headers.get("retry-after"))
    }))
})

describe("Limiter", () => {
  const Gaps = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 500 }))).check(Schema.isMaxLength(60))

  it.effect.prop("never passes more than its burst and its refill", [Gaps], ([gaps]) =>
    Effect.sync(() => {
      const limiter = Limiter.make({ requestsPerMinute: 600, burst: 4 })
      let now = 0
      let passed = 0
      for (const gap of gaps) {
        now += gap
        if (limiter.take(now, 1)._tag === "Taken") passed++
      }
      assert.isAtMost(passed, 4 + now / 100 + 1e-6)
    }))

  it("refills evenly and waits exactly long enough", () => {
    const limiter = Limiter.make({ requestsPerMinute: 60, burst: 2 })
    assert.deepStrictEqual([1, 2, 3].map(() => limiter.take(1_000, 1)._tag), ["Taken", "Taken", "Over"])
    assert.deepInclude(limiter.take(1_250, 1), { _tag: "Over", waitMillis: 750 })
    assert.strictEqual(limiter.take(1_999, 1)._tag, "Over")
    assert.strictEqual(limiter.take(2_000, 1)._tag, "Taken")
    assert.deepStrictEqual(limiter.state(2_500), [{ scope: "requests", perMinute: 60, remaining: 0, resetMillis: 1_500 }])
  })

  it("takes nothing from one bucket when the other refuses", () => {
    const limiter = Limiter.make({ requestsPerMinute: 10, imagesPerMinute: 2 })
    assert.strictEqual(limiter.take(0, 2)._tag, "Taken")
    assert.strictEqual(limiter.take(0, 2)._tag, "Over")
    assert.strictEqual(limiter.state(0)[0]?.remaining, 9)
  })

  it("is not drained by a clock that steps back", () => {
    const limiter = Limiter.make({ requestsPerMinute: 60, burst: 1 })
    limiter.take(100_000, 1)
    assert.strictEqual(limiter.take(40_000, 1)._tag, "Over")
    assert.strictEqual(limiter.take(41_000, 1)._tag, "Taken")
  })

  it("prints durations as Go does", () => {
    const printed = [0, 20, 999.2, 1_000, 1_200, 59_999, 60_000, 360_000, 3_723_500].map(Limiter.goDuration)
    assert.deepStrictEqual(printed, ["0s", "20ms", "1s", "1s", "1.2s", "59.999s", "1m0s", "6m0s", "1h2m3.5s"])
  })
})
