import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import sharp from "sharp"
import { drawable } from "../src/internal/caption.ts"
import * as Font from "../src/internal/font.ts"
import { Picture } from "../src/index.ts"

const read = (bytes: Uint8Array) => Effect.promise(() => sharp(bytes).metadata())

const subject = (more: Partial<Picture.Subject>): Picture.Subject => ({
  prompt: "a fox", index: 0, seed: 1, width: 816, height: 816, format: "png", ...more
})

describe("Picture.draw", () => {
  it.live.each(["png", "jpeg", "webp"] as const)("makes a %s of exactly the size", (format) =>
    Effect.gen(function*() {
      const meta = yield* read(yield* Picture.draw(subject({ format, width: 1536, height: 512 })))
      assert.deepStrictEqual([meta.format, meta.width, meta.height], [format, 1536, 512])
    }))

  it.live("letters any prompt: none of these breaks the markup or leaves the picture", () =>
    Effect.gen(function*() {
      const prompts = ["<b>&\"'</b>", "x".repeat(32_000), "猫 🦊 كلب", "\u0000\u0007\n\n", " ", "\u2800", "word ".repeat(5_000)]
      for (const prompt of prompts) {
        for (const [width, height] of [[1408, 480], [480, 1408]] as const) {
          const meta = yield* read(yield* Picture.draw(subject({ prompt, width, height })))
          assert.deepStrictEqual([meta.width, meta.height], [width, height])
        }
      }
    }))

  it.live("leaves the sky out of a transparent picture", () =>
    Effect.gen(function*() {
      const alpha = (transparent: boolean) =>
        Effect.flatMap(Picture.draw(subject({ transparent })), (bytes) => Effect.promise(() => sharp(bytes).stats()))
      assert.isFalse((yield* alpha(true)).isOpaque)
      assert.isTrue((yield* alpha(false)).isOpaque)
    }))

  it("writes what the font lacks as code points", () => {
    const has = Font.coverage(Font.file())
    assert.strictEqual(drawable("Маяк, ἀγορά — naïve  →\n猫🦊", has), "Маяк, ἀγορά — naïve → [U+732B][U+1F98A]")
  })
})

describe("Picture.plain", () => {
  const Side = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 400 }))
  it.live.prop("is a PNG that decodes to its size, without sharp", [Side, Side, Schema.Int], ([width, height, seed]) =>
    Effect.gen(function*() {
      const bytes = yield* Picture.plain({ width, height, seed, format: "png" })
      const { info } = yield* Effect.promise(() => sharp(bytes).raw().toBuffer({ resolveWithObject: true }))
      assert.deepStrictEqual([info.width, info.height], [width, height])
    }), { arbitrary: { runs: 20 } })
})
