import { assert, describe, it } from "@effect/vitest"
import { Check, Limits } from "../src/index.ts"
import { only, rules } from "./support.ts"

const prompt = "a lighthouse in fog"

describe("prompt length", () => {
  it.each([["gpt-image-2", 32_000], ["gpt-image-1-mini", 32_000], ["dall-e-3", 4000], ["dall-e-2", 1000]] as const)(
    "%s takes %i characters and one more is too long",
    (model, max) => {
      const text = "ab".repeat(max / 2)
      assert.notInclude(rules({ prompt: text, model }), "request/too-long")
      const report = Check.request({ prompt: `${text}cd`, model })
      const finding = report.findings.find((one) => one.rule === "request/too-long")
      assert.deepInclude(finding, { severity: "block", category: "invalid/length", start: max, end: max + 2, matched: "cd" })
    }
  )

  it("counts code points, and warns where only UTF-16 units are too many", () => {
    const emoji = "🎨🖌".repeat(300)
    assert.deepInclude(only({ prompt: emoji, model: "dall-e-2", provider: "openai-compatible" }), { severity: "warn", rule: "request/too-long" })
    const report = Check.request({ prompt: "🎨🖌".repeat(501), model: "dall-e-2" })
    const long = report.findings.find((finding) => finding.rule === "request/too-long")
    assert.deepInclude(long, { severity: "block", start: 2000, end: 2004 })
  })

  it("an unknown model has no limit, a missing one has the limit of the whole API", () => {
    const text = "a cat and ".repeat(4000)
    assert.deepStrictEqual(rules({ prompt: text, model: "flux-local" }), [])
    assert.deepStrictEqual(rules({ prompt: text }), ["request/too-long"])
    assert.deepStrictEqual(rules({ prompt: text, provider: "stability" }), [])
  })

  it("says when a very long prompt was read in part", () => {
    const finding = only({ prompt: "a cat and ".repeat(20_000), model: "flux-local" })
    assert.deepInclude(finding, { rule: "request/partly-read", start: Check.maxReadLength, end: 200_000 })
  })
})

describe("sizes", () => {
  const repaired = (model: string, size: string) => {
    const finding = only({ prompt, model, size }, { now: 0 })
    assert.strictEqual(finding.field, "size")
    assert.deepStrictEqual([finding.start, finding.end, finding.matched], [0, 0, ""])
    return [finding.rule, finding.repair?.value]
  }

  it("presets are repaired to the nearest shape", () => {
    assert.deepStrictEqual(only({ prompt, model: "dall-e-3", provider: "openai-compatible", size: "1920x1080" }).repair?.value, "1792x1024")
    const mini = (size: string) => Check.request({ prompt, model: "gpt-image-1-mini", size }).findings.find((one) => one.field === "size")
    assert.strictEqual(mini("1024x1024"), undefined)
    assert.strictEqual(mini("auto"), undefined)
    assert.strictEqual(mini("512x512")?.repair?.value, "1024x1024")
    assert.strictEqual(mini("1080x1920")?.repair?.value, "1024x1536")
    assert.strictEqual(mini("huge")?.severity, "block")
    assert.include(mini("huge")?.message ?? "", "1536x1024")
  })

  it("custom sizes: multiples of 16, 1:3, edges and pixels", () => {
    for (const size of ["auto", "1024x1024", "1280x720", "2560x1440", "768x2304", "1536x1024"]) {
      assert.deepStrictEqual(rules({ prompt, model: "gpt-image-2", size }), [], size)
    }
    assert.deepStrictEqual(repaired("gpt-image-2", "1000x1000"), ["request/size", "1008x1008"])
    assert.deepStrictEqual(repaired("gpt-image-2", "1024 × 1024"), ["request/size", "1024x1024"])
    assert.deepStrictEqual(repaired("gpt-image-2", "1024X1024"), ["request/size", "1024x1024"])
    assert.deepStrictEqual(repaired("gpt-image-2", "large"), ["request/size", "auto"])
    assert.deepStrictEqual(repaired("gpt-image-2", "512x512")[0], "request/size-small")
    assert.deepStrictEqual(rules({ prompt, model: "gpt-image-2.6-flare", size: "3840x2160" }), ["request/size-experimental"])
    assert.deepStrictEqual(rules({ prompt, model: "gpt-image-2.6-flare", size: "2160x3840" }), ["request/size-experimental"])
  })

  it("a repaired size is accepted", () => {
    for (const size of ["1x1", "0x5", "4096x4096", "100x9000", "9000x100", "3841x2161", "640x480", "999999x1", "2879x2879", "1024x300"]) {
      const value = Check.request({ prompt, model: "gpt-image-2", size }).findings[0]?.repair?.value
      assert.isString(value, size)
      const again = rules({ prompt, model: "gpt-image-2", size: String(value) }).filter((rule) => rule !== "request/size-experimental")
      assert.deepStrictEqual(again, [], `${size} -> ${value}`)
    }
  })
})

describe("other parameters", () => {
  const model = "gpt-image-2"

  it("n is clamped", () => {
    for (const n of [1, 10]) assert.deepStrictEqual(rules({ prompt, model, n }), [])
    const repair = (n: number) => only({ prompt, model, n }).repair?.value
    assert.deepStrictEqual([0, 11, -4, 2.4, Number.NaN].map(repair), [1, 10, 1, 2, 1])
    assert.deepInclude(only({ prompt, model: "dall-e-3", provider: "openai-compatible", n: 4 }), { severity: "warn", field: "n" })
    assert.strictEqual(Check.request({ prompt, model, n: 3, format: "svg" }).findings.find((one) => one.field === "n")?.repair?.value, 1)
  })

  it("quality by model generation", () => {
    assert.deepStrictEqual(rules({ prompt, model, quality: "high" }), [])
    assert.deepStrictEqual(only({ prompt, model, quality: "max" }).repair?.value, "high")
    assert.deepStrictEqual(only({ prompt, model, quality: "hd" }).repair?.value, "high")
    for (const quality of ["xhigh", "max"]) assert.deepStrictEqual(rules({ prompt, model: "gpt-image-2.5-sunburst", quality }), [])
    const dalle = Check.request({ prompt, model: "dall-e-3", quality: "high" }).findings.find((one) => one.field === "quality")
    assert.strictEqual(dalle?.repair?.value, "hd")
  })

  it("formats, and those that need preview access", () => {
    for (const format of ["png", "jpeg", "webp"]) assert.deepStrictEqual(rules({ prompt, model, format }), [])
    assert.strictEqual(only({ prompt, model, format: "jpg" }).repair?.value, "jpeg")
    assert.strictEqual(only({ prompt, model, format: "bmp" }).repair?.value, "png")
    assert.deepStrictEqual(rules({ prompt, model, format: "gif" }), ["request/format-preview"])
    assert.include(rules({ prompt, model: "gpt-image-1.5", format: "gif" }), "request/format")
  })

  it("transparency needs png or webp", () => {
    const model = "gpt-image-2.6-sunburst"
    for (const format of ["png", "webp"]) assert.deepStrictEqual(rules({ prompt, model, background: "transparent", format }), [])
    assert.deepStrictEqual(rules({ prompt, model, background: "transparent" }), [])
    const finding = only({ prompt, model, background: "transparent", format: "jpeg" })
    assert.deepInclude(finding, { rule: "request/transparency-format", severity: "block", field: "format" })
    assert.deepStrictEqual(finding.repair, { field: "format", value: "png", description: "Use png." })
    assert.deepStrictEqual(rules({ prompt, model: "gpt-image-2", background: "transparent" }), ["request/background-preview"])
    assert.strictEqual(only({ prompt, model, background: "checkered" }).repair?.value, null)
  })

  it("compression is 0 to 100, for jpeg and webp", () => {
    assert.deepStrictEqual(rules({ prompt, model, compression: 80, format: "webp" }), [])
    assert.deepStrictEqual(rules({ prompt, model, compression: 100 }), [])
    assert.deepStrictEqual(only({ prompt, model, compression: 80 }).repair?.value, null)
    assert.deepStrictEqual(only({ prompt, model, compression: 180, format: "jpeg" }).repair?.value, 100)
    assert.deepStrictEqual(only({ prompt, model, compression: -1, format: "jpeg" }).repair?.value, 0)
  })

  it("an unknown model gets none of these", () => {
    assert.deepStrictEqual(rules({ prompt, model: "toString", size: "7x7", n: 99, quality: "best", format: "bmp", compression: 999 }), [])
  })
})

describe("shutdown dates", () => {
  const at = (date: string) => ({ now: Date.parse(date) })

  it.each([
    ["gpt-image-1.5", "2026-12-01"],
    ["gpt-image-1.5-2025-12-16", "2026-12-01"],
    ["gpt-image-1-mini", "2026-12-01"],
    ["chatgpt-image-latest", "2026-12-01"],
    ["gpt-image-1", "2026-10-23"],
    ["dall-e-2", "2026-05-12"],
    ["dall-e-3", "2026-05-12"]
  ])("%s warns before %s and blocks from that day on", (model, date) => {
    const day = Date.parse(`${date}T00:00:00Z`)
    const before = only({ prompt, model }, { now: day - 1 })
    assert.deepInclude(before, { rule: "request/model-shutting-down", severity: "warn", field: "model", category: "invalid/model" })
    const after = only({ prompt, model }, { now: new Date(day) })
    assert.deepInclude(after, { rule: "request/model-shut-down", severity: "block" })
    for (const finding of [before, after]) {
      assert.include(finding.message, date)
      const replacement = String(finding.repair?.value)
      assert.include(finding.repair?.description ?? "", replacement)
      assert.deepStrictEqual(rules({ prompt, model: replacement }, undefined, at("2030-01-01")), [])
    }
  })

  it("current models have none, other servers may serve old ones, and without a time it is a warning", () => {
    for (const [model, limits] of Object.entries(Limits.openai)) {
      if (limits.shutdown === undefined) assert.deepStrictEqual(rules({ prompt, model }, undefined, at("2027-06-01")), [], model)
    }
    assert.deepStrictEqual(rules({ prompt, model: "dall-e-3", provider: "openai-compatible" }, undefined, at("2027-06-01")), [])
    assert.strictEqual(only({ prompt, model: "dall-e-3" }).severity, "warn")
  })
})
