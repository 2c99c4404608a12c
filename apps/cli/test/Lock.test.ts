import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import * as Lock from "../src/batch/Lock.ts"
import { folder } from "./support.ts"

describe("Lock", () => {
  it.live("has one holder, also when many see that the last one is dead", () =>
    Effect.gen(function*() {
      for (let round = 0; round < 20; round++) {
        const directory = yield* folder
        writeFileSync(join(directory, Lock.fileName), JSON.stringify({ pid: 2 ** 22 - 1, host: hostname(), started: "1" }))
        let holders = 0
        let most = 0
        const hold = Effect.scoped(Effect.gen(function*() {
          yield* Lock.hold(directory)
          holders += 1
          most = Math.max(most, holders)
          yield* Effect.sleep("20 millis")
          holders -= 1
        }))
        const results = yield* Effect.all(Array.from({ length: 8 }, () => Effect.result(hold)), { concurrency: 8 })
        assert.strictEqual(most, 1)
        assert.isAtLeast(results.filter(({ _tag }) => _tag === "Success").length, 1)
        assert.deepStrictEqual(readdirSync(directory), [])
      }
    }))

  it.live("says who has it, and leaves a file alone that is no lock", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const refused = yield* Effect.scoped(Effect.andThen(Lock.hold(directory), Effect.flip(Effect.scoped(Lock.hold(directory)))))
      assert.match(refused.message, new RegExp(`process ${process.pid}\\)`))
      writeFileSync(join(directory, Lock.fileName), JSON.stringify({ pid: 1, host: "elsewhere", started: "" }))
      assert.include((yield* Effect.flip(Effect.scoped(Lock.hold(directory)))).message, "A batch on elsewhere")
      writeFileSync(join(directory, Lock.fileName), "mine")
      assert.include((yield* Effect.flip(Effect.scoped(Lock.hold(directory)))).message, "no lock of a batch")
      assert.deepStrictEqual(readdirSync(directory), [Lock.fileName])
    }))
})
