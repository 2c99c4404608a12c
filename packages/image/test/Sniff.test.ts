import { assert, describe, it } from "@effect/vitest"
import { Prices, Sniff } from "../src/index.ts"
import { png } from "./support.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))

describe("sniff", () => {
  const cases: ReadonlyArray<readonly [string, Uint8Array, Sniff.Sniffed | undefined]> = [
    ["a PNG", png, { mediaType: "image/png", width: 2, height: 3 }],
    ["a JPEG behind an APP0 segment", hex("ffd8 ffe0 0006 4a464946 ffc0 0011 08 0203 0405 03 0000000000"), { mediaType: "image/jpeg", width: 0x405, height: 0x203 }],
    ["a JPEG cut short", hex("ffd8 ffe0 0010 4a46"), { mediaType: "image/jpeg" }],
    ["a lossless WebP", hex("52494646 1a000000 57454250 5650384c 0d000000 2f 01 80 00 00 00000000 00000000"), { mediaType: "image/webp", width: 2, height: 3 }],
    ["an extended WebP", hex("52494646 1a000000 57454250 56503858 0a000000 00000000 ff0300 ff0500 0000"), { mediaType: "image/webp", width: 1024, height: 1536 }],
    ["a GIF", hex("474946383961 0200 0300 00 00 00"), { mediaType: "image/gif", width: 2, height: 3 }],
    ["an SVG behind a declaration", bytes("\uFEFF<?xml version=\"1.0\"?>\n<svg xmlns=\"x\">"), { mediaType: "image/svg+xml" }],
    ["a page that mentions one", bytes("<html><svg></svg>"), undefined],
    ["text", bytes("hello"), undefined],
    ["nothing", new Uint8Array(), undefined]
  ]
  it.each(cases)("%s", (_name, input, expected) => {
    assert.deepStrictEqual(Sniff.sniff(input), expected)
  })

  it("reads a view into a larger buffer", () => {
    const buffer = new Uint8Array([9, 9, ...png, 9])
    assert.deepStrictEqual(Sniff.sniff(buffer.subarray(2, 2 + png.length)), { mediaType: "image/png", width: 2, height: 3 })
  })
})

describe("prices", () => {
  it("counts text, image input and output tokens apart", () => {
    const usage = { inputTokens: 1_100_000, inputTextTokens: 100_000, inputImageTokens: 1_000_000, outputTokens: 1_000_000 }
    assert.approximately(Prices.fromUsage("openai", "gpt-image-2", usage)?.usd ?? 0, 0.5 + 8 + 30, 1e-9)
  })

  it("estimates by the printed price, by area where none is printed, and never too low", () => {
    const estimate = (request: Parameters<typeof Prices.estimate>[2]) => Prices.estimate("openai", "gpt-image-2", request)?.usd ?? 0
    assert.approximately(estimate({ quality: "medium", size: "1024x1024", n: 3 }), 0.159, 1e-9)
    assert.approximately(estimate({ quality: "high", size: "1024x1536" }), 0.165, 1e-9)
    assert.approximately(estimate({ quality: "low", size: "2048x2048" }), 0.024, 1e-9)
    assert.approximately(estimate({ quality: "low", size: "768x2048" }), 0.009, 1e-9)
    assert.strictEqual(estimate({}), estimate({ quality: "high", size: "1024x1024" }))
  })

  it("does not know what is printed nowhere", () => {
    assert.isUndefined(Prices.estimate("openai", "gpt-image-2.6-flare", {}))
    assert.isUndefined(Prices.estimate("openai", "gpt-image-2", { quality: "max" }))
    assert.isUndefined(Prices.fromUsage("elsewhere", "gpt-image-2", { inputTokens: 1, outputTokens: 1 }))
  })
})
