import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Queue, Scope } from "effect"
import { TestClock } from "effect/testing"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Emulator, Journal } from "../src/index.ts"
import { KEY, causeCode, emulate, get, post } from "./support.ts"

const temporary = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "emulator-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true }))
)

describe("Emulator", () => {
  it.live("is a layer", () =>
    Effect.gen(function*() {
      const emulator = yield* Emulator.Emulator
      assert.strictEqual(emulator.url, `http://127.0.0.1:${emulator.port}`)
      const health = yield* get(emulator.url, "/_emulator/health", null)
      assert.deepInclude(JSON.parse(health.text), { status: "ok", journal: { entries: 0, dropped: 0 } })
    }).pipe(Effect.provide(Emulator.layer({ pictures: "plain" }))))

  it.effect("works under a test clock as long as nothing waits", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: { script: [{ match: "stall", fault: "stall" }] } })
      assert.strictEqual((yield* post(emulator.url, { prompt: "a fox" })).status, 200)
      yield* Effect.forkChild(Effect.exit(post(emulator.url, { prompt: "stall" })), { startImmediately: true })
      // A stall has no entry before it ends: give it the time to arrive.
      yield* TestClock.withLive(Effect.sleep("30 millis"))
    }))

  it.live("says that its port is taken", () =>
    Effect.gen(function*() {
      const first = yield* emulate()
      const error = yield* Effect.flip(emulate({ port: first.port }))
      assert.strictEqual(error._tag, "EmulatorError")
      assert.strictEqual(error.reason._tag, "PortUnavailable")
      assert.include(error.message, `127.0.0.1:${first.port}`)
    }))

  it.live("says what is wrong with a scenario", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(emulate({ scenario: { faults: { "500": 7 } } }))
      assert.strictEqual(error.reason._tag, "InvalidScenario")
      assert.include(error.message, `["faults"]["500"]`)
      const name = yield* Effect.flip(emulate({ scenario: "sunny" as never }))
      assert.include(name.message, "expected one of calm, stormy")
      const seed = yield* Effect.flip(emulate({ seed: 0.5 }))
      assert.include(seed.message, `["seed"]`)
    }))

  it.live("closes with its scope, a stalled request or not", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const emulator = yield* emulate({ scenario: { script: [{ fault: "stall" }] } }).pipe(Scope.provide(scope))
      const stalled = yield* Effect.forkChild(Effect.exit(post(emulator.url, { prompt: "a fox" })))
      // A stall has no entry before it ends: give it the time to arrive.
      yield* Effect.sleep("30 millis")
      yield* Scope.close(scope, Exit.void)
      yield* Fiber.join(stalled)
      assert.strictEqual(causeCode(yield* Effect.flip(get(emulator.url, "/_emulator/health"))), "ECONNREFUSED")
    }))

  it.live("tells of every entry: to a listener, in a file, over HTTP", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
      const journalFile = join(directory, "journal.jsonl")
      const heard = yield* Queue.unbounded<Journal.Entry>()
      const emulator = yield* emulate({ journalFile, onEntry: (entry) => Effect.asVoid(Queue.offer(heard, entry)) })
      yield* Effect.forEach(["one", "two", "three"], (prompt) => post(emulator.url, { prompt }), { concurrency: 3 })
      yield* post(emulator.url, { prompt: "one" })
      const entries = yield* emulator.journal
      assert.deepStrictEqual(entries.map((entry) => entry.seq), [1, 2, 3, 4])
      assert.strictEqual(entries[3]?.promptAttempt, 2)
      assert.strictEqual((yield* Queue.takeAll(heard)).length, 4)
      const lines = (yield* Effect.promise(() => readFile(journalFile, "utf8"))).trimEnd().split("\n")
      assert.deepStrictEqual(lines.map((line) => (JSON.parse(line) as Journal.Entry).seq).sort(), [1, 2, 3, 4])
      const served = yield* get(emulator.url, "/_emulator/journal", null)
      assert.deepStrictEqual(JSON.parse(served.text), JSON.parse(JSON.stringify(entries)))
    }))

  it.live("never writes a key down", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
      const journalFile = join(directory, "journal.jsonl")
      const emulator = yield* emulate({ journalFile, apiKeys: [KEY], scenario: { script: [{ match: "bad", fault: "500" }] } })
      yield* post(emulator.url, { prompt: "a fox" })
      yield* post(emulator.url, { prompt: "bad" })
      yield* post(emulator.url, { prompt: "a fox" }, { key: `${KEY}-wrong` })
      yield* post(emulator.url, {}, { path: `/v1/nowhere?key=${KEY}` })
      const file = yield* Effect.promise(() => readFile(journalFile, "utf8"))
      const kept = file + JSON.stringify(yield* emulator.journal)
      assert.strictEqual((yield* emulator.journal).length, 4)
      assert.notInclude(kept, KEY)
      assert.notMatch(kept, /bearer|authorization/i)
    }))

  it.live("says that its journal file cannot be opened", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
      const error = yield* Effect.flip(emulate({ journalFile: directory }))
      assert.strictEqual(error.reason._tag, "JournalFileUnavailable")
    }))

  it.live("starts over when cleared", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({
        scenario: { limits: { requestsPerMinute: 1 }, script: [{ match: "bad", nth: 1, fault: "500" }] }
      })
      const round = Effect.gen(function*() {
        const answers = [yield* post(emulator.url, { prompt: "bad" }), yield* post(emulator.url, { prompt: "bad" })]
        return answers.map((answer) => [answer.status, answer.headers.get("x-request-id")])
      })
      const first = yield* round
      assert.deepStrictEqual(first.map(([status]) => status), [500, 200])
      yield* emulator.clear
      assert.deepStrictEqual(yield* emulator.journal, [])
      assert.deepStrictEqual(yield* round, first)
      yield* post(emulator.url, {}, { path: "/_emulator/clear" })
      assert.deepStrictEqual(yield* emulator.journal, [])
    }))

  it.live("adds its journal up", () =>
    Effect.gen(function*() {
      const emulator = yield* emulate({ scenario: { script: [{ match: "bad", nth: 1, fault: "reset-after" }] } })
      yield* Effect.flip(post(emulator.url, { prompt: "bad" }))
      yield* post(emulator.url, { prompt: "bad", n: 2 })
      yield* post(emulator.url, { prompt: "good" })
      yield* post(emulator.url, { prompt: "good", n: 99 })
      const summary = Journal.summary(yield* emulator.journal)
      assert.deepInclude(summary, {
        requests: 4,
        imageRequests: 3,
        prompts: 2,
        promptsServed: 2,
        faults: { "reset-after": 1 },
        statuses: { "reset": 1, "200": 2, "400": 1 },
        billedImages: 4,
        lostImages: 1,
        repeatedImages: 2
      })
    }))

  it.live("gives two of them their own world", () =>
    Effect.gen(function*() {
      const [a, b] = yield* Effect.all([Layer.build(Emulator.layer()), Layer.build(Emulator.layer())])
      assert.notStrictEqual(Context.get(a, Emulator.Emulator).port, Context.get(b, Emulator.Emulator).port)
    }))
})
