import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Scenario } from "../src/index.ts"
import { bytesOf, causeCode, emulate, get, journalWhen, post } from "./support.ts"

const only = (fault: Scenario.Fault, waitMillis = 30): Scenario.Scenario => ({
  limits: { requestsPerMinute: 1_000, imagesPerMinute: 1_000 },
  script: [{ match: "bad", nth: 1, fault, waitMillis }]
})

describe("every fault, as a raw client sees it", () => {
  it.live("429-seconds: whole seconds, rounded up", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: only("429-seconds", 1_200) })
      const answer = yield* post(emulator.url, { prompt: "bad" })
      assert.strictEqual(answer.status, 429)
      assert.strictEqual(answer.headers.get("retry-after"), "2")
      assert.isNull(answer.headers.get("retry-after-ms"))
      assert.strictEqual(answer.headers.get("x-ratelimit-remaining-images"), "0")
      assert.strictEqual(answer.headers.get("x-ratelimit-reset-images"), "2s")
      assert.strictEqual(answer.body.error.code, "rate_limit_exceeded")
      const [entry] = yield* emulator.journal
      assert.strictEqual(entry?.retryAfterMillis, 2_000)
    }))

  it.live("429-date: an HTTP-date at least the wait ahead", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: only("429-date", 700) })
      const answer = yield* post(emulator.url, { prompt: "bad" })
      const [entry] = yield* emulator.journal
      assert.strictEqual(answer.status, 429)
      assert.strictEqual(Date.parse(answer.headers.get("retry-after") ?? ""), entry?.earliestRetryAt)
      assert.isAtLeast(entry?.retryAfterMillis ?? 0, 700)
    }))

  it.live("429-millis: retry-after-ms alone; who comes too soon is marked", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: only("429-millis", 60_000) })
      const answer = yield* post(emulator.url, { prompt: "bad" })
      assert.strictEqual(answer.headers.get("retry-after-ms"), "60000")
      assert.isNull(answer.headers.get("retry-after"))
      yield* post(emulator.url, { prompt: "bad" })
      yield* post(emulator.url, { prompt: "another" })
      const entries = yield* emulator.journal
      assert.deepStrictEqual(entries.map((entry) => entry.early ?? false), [false, true, false])
    }))

  it.live("429-prose: the wait stands in the message alone; who waits is not early", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: only("429-prose", 30) })
      const answer = yield* post(emulator.url, { prompt: "bad" })
      assert.include(answer.body.error.message, "Please try again in 30ms.")
      assert.isFalse([...answer.headers.keys()].some((name) => /retry|ratelimit/.test(name)))
      yield* Effect.sleep("35 millis")
      assert.strictEqual((yield* post(emulator.url, { prompt: "bad" })).status, 200)
      assert.isUndefined((yield* emulator.journal)[1]?.early)
    }))

  const answered: ReadonlyArray<readonly [Scenario.Fault, number, string | null, string]> = [
    ["quota", 429, "insufficient_quota", "insufficient_quota"],
    ["500", 500, null, "server_error"],
    ["502", 502, null, "server_error"],
    ["503", 503, null, "server_error"],
    ["refusal", 400, "moderation_blocked", "image_generation_user_error"]
  ]
  it.live.each(answered)("%s: an error in the envelope, not billed", ([fault, status, code, type]) =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: only(fault) })
      const answer = yield* post(emulator.url, { prompt: "bad" })
      assert.strictEqual(answer.status, status)
      assert.strictEqual(answer.body.error.code, code)
      assert.strictEqual(answer.body.error.type, type)
      assert.isNull(answer.body.error.param)
      assert.match(answer.headers.get("x-request-id") ?? "", /^req_[0-9a-f]{32}$/)
      const [entry] = yield* emulator.journal
      assert.strictEqual(entry?.fault, fault)
      assert.strictEqual(entry?.status, status)
      assert.strictEqual(entry?.billedImages, 0)
      if (fault === "refusal") {
        assert.deepStrictEqual(answer.body.error.moderation_details, { categories: ["other"], moderation_stage: "output" })
      }
      assert.strictEqual((yield* post(emulator.url, { prompt: "bad" })).status, 200)
    }))

  it.live("html: a proxy's page", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: only("html") })
      const answer = yield* post(emulator.url, { prompt: "bad" })
      assert.strictEqual(answer.status, 502)
      assert.include(answer.headers.get("content-type"), "text/html")
      assert.include(answer.text, "<h1>502 Bad Gateway</h1>")
      assert.isNull(answer.headers.get("openai-version"))
    }))

  it.live.each(["reset-before", "reset-after"] as const)("%s: a reset connection", (fault) =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: only(fault) })
      const error = yield* Effect.flip(post(emulator.url, { prompt: "bad", n: 2 }))
      assert.strictEqual(causeCode(error), "ECONNRESET")
      const [entry] = yield* emulator.journal
      assert.strictEqual(entry?.status, "reset")
      assert.strictEqual(entry?.billedImages, fault === "reset-after" ? 2 : 0)
      assert.strictEqual((yield* post(emulator.url, { prompt: "bad" })).status, 200)
    }))

  it.live("stall: never answered, billed, and over when the client leaves", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: only("stall") })
      const error = yield* Effect.flip(post(emulator.url, { prompt: "bad" }, { signal: AbortSignal.timeout(40) }))
      assert.strictEqual(error.name, "TimeoutError")
      const [entry] = yield* journalWhen(emulator, (entries) => entries.length === 1)
      assert.strictEqual(entry?.status, "stalled")
      assert.isTrue(entry?.clientGone)
      assert.strictEqual(entry?.billedImages, 1)
      assert.isAbove(entry?.billedUsd ?? 0, 0.05)
    }))

  it.live("no-image: a 200 without images, billed", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: only("no-image") })
      const answer = yield* post(emulator.url, { prompt: "bad" })
      assert.strictEqual(answer.status, 200)
      assert.deepStrictEqual(answer.body.data, [])
      assert.strictEqual((yield* emulator.journal)[0]?.billedImages, 1)
    }))

  it.live("a client that leaves during the latency is journaled, and billed", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: { latency: { minMillis: 60_000, maxMillis: 60_000 } } })
      yield* Effect.flip(post(emulator.url, { prompt: "slow" }, { signal: AbortSignal.timeout(40) }))
      const [entry] = yield* journalWhen(emulator, (entries) => entries.length === 1)
      assert.strictEqual(entry?.status, 499)
      assert.isTrue(entry?.clientGone)
      assert.strictEqual(entry?.billedImages, 1)
    }))
})

describe("outages, refused words, script", () => {
  const during = (answer: "503" | "html" | "reset"): Scenario.Scenario => ({
    outages: [{ fromMillis: 0, toMillis: 3_600_000, answer }],
    script: [{ match: "fine", fault: "500" }]
  })

  it.live("an outage answers everything, from the first request for an image on", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: during("503") })
      assert.strictEqual((yield* get(emulator.url, "/v1/models")).status, 200)
      const answer = yield* post(emulator.url, { prompt: "a fox" })
      assert.strictEqual(answer.status, 503)
      assert.include(answer.body.error.message, "overloaded")
      assert.strictEqual((yield* get(emulator.url, "/v1/models")).status, 503)
      assert.strictEqual((yield* post(emulator.url, { prompt: "fine" })).status, 500, "the script speaks first")
    }))

  it.live("an outage can be a page, or a reset", () =>
    Effect.gen(function*() {
      const page = yield* emulate({ scenario: during("html") })
      const answer = yield* post(page.url, { prompt: "a fox" })
      assert.strictEqual(answer.status, 503)
      assert.include(answer.text, "<html>")
      const reset = yield* emulate({ scenario: during("reset") })
      assert.strictEqual(causeCode(yield* Effect.flip(post(reset.url, { prompt: "a fox" }))), "ECONNRESET")
    }))

  it.live("a refused word is refused every time, with its category", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate()
      for (let i = 0; i < 3; i++) {
        const answer = yield* post(emulator.url, { prompt: "Mickey Mouse on a bicycle" })
        assert.strictEqual(answer.body.error.code, "moderation_blocked")
        assert.deepStrictEqual(answer.body.error.moderation_details, { categories: ["copyright"], moderation_stage: "input" })
      }
      assert.strictEqual((yield* post(emulator.url, { prompt: "a mouse on a bicycle" })).status, 200)
    }))
})

describe("determinism", () => {
  const prompts = Array.from({ length: 12 }, (_, i) => `prompt number ${i}`)
  const scenario: Scenario.Scenario = {
    seed: 3,
    faults: { "500": 0.2, "503": 0.2, "quota": 0.1, "429-millis": 0.1, "no-image": 0.1 },
    retryAfterMillis: { min: 0, max: 0 }
  }

  const run = (order: ReadonlyArray<string>, concurrency: number, seed?: number) =>
    Effect.scoped(Effect.gen(function*() {
      const emulator = yield* emulate({ scenario, ...(seed === undefined ? {} : { seed }) })
      // Each prompt three times in a row; prompts in any order, at any concurrency.
      yield* Effect.forEach(order, (prompt) =>
        Effect.forEach([1, 2, 3], () => post(emulator.url, { prompt })), { concurrency })
      const entries = yield* emulator.journal
      return Object.fromEntries(prompts.map((prompt) => [
        prompt,
        entries.filter((entry) => entry.prompt === prompt).map((entry) => entry.fault ?? "ok")
      ]))
    }))

  it.live("the same seed gives the same faults, whatever the order and the concurrency", () =>
    Effect.gen(function*() {
      const one = yield* run(prompts, 1)
      assert.deepStrictEqual(yield* run(prompts.toReversed(), 6), one)
      assert.notDeepEqual(yield* run(prompts, 1, 4), one)
    }))

  it.live("the same seed gives the same bytes, another one others; so does the index", () =>
    Effect.gen(function*() {
      const draw = (seed: number) =>
        Effect.scoped(Effect.gen(function*() {
          const emulator = yield* emulate({ pictures: "drawn", seed })
          const answer = yield* post(emulator.url, { prompt: "a fox", n: 2, size: "816x816" })
          return [bytesOf(answer, 0), bytesOf(answer, 1)] as const
        }))
      const [first, second] = yield* draw(1)
      const [again] = yield* draw(1)
      const [other] = yield* draw(2)
      assert.isTrue(first.equals(again))
      assert.isFalse(first.equals(second))
      assert.isFalse(first.equals(other))
    }))
})
