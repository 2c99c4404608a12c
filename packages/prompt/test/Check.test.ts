import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Check, Finding, PromptPolicy, PromptRejected } from "../src/index.ts"

/** A fixed sequence of pseudo-random numbers below `bound`. */
const sequence = (seed: number) => {
  let state = seed
  return (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

const pieces = [
  "a ", "the ", "child ", "nude", "naked ", "woman ", "dangerous", " weapon", "p0rn", "pоrn", "ｐｉｋａｃｈｕ", "Spider-Man",
  "\u200b", "\u00ad", "\ufe0f", "\u0301", "\u0323", "\ud800", "\udc00", "\0", "\u001b", "\u202e", "😀", "👨‍👩‍👧", "ﷺ", "ﬁ", "İ", "ß", "Σ",
  "привет", "नमस्ते", "灯塔", "カ゛", "한", "{{x}}", "${y}", "%s", "[object Object]", "a@b.co", "4242424242424242", "sk-",
  "AKIAQWERTYUIOP123456", "\n", ".", " ", "'", "@", "$", "-", "😀nude child", "K\u0301elvin"
]

const fuzzed = (random: (bound: number) => number): string => {
  let out = ""
  for (let count = random(40); count > 0; count--) {
    out += random(6) === 0 ? String.fromCharCode(random(0x10000)) : pieces[random(pieces.length)] ?? ""
  }
  return out
}

const decode = Schema.decodeUnknownSync(Finding.Finding)

describe("Check.request", () => {
  it("spans point into the prompt, findings are sorted and bounded, and nothing throws", () => {
    const random = sequence(7)
    let seen = 0
    for (let run = 0; run < 4000; run++) {
      const prompt = fuzzed(random)
      const report = Check.request({ prompt, model: "gpt-image-2" })
      let last = 0
      for (const finding of report.findings) {
        seen += 1
        assert.isTrue(finding.start >= last && finding.end >= finding.start && finding.end <= prompt.length)
        assert.strictEqual(finding.matched, prompt.slice(finding.start, finding.end).slice(0, Finding.maxMatchedLength))
        last = finding.start
      }
      assert.isAtMost(report.findings.length, Check.maxFindings)
      const severities = report.findings.map((finding) => finding.severity)
      const expected = severities.includes("block") ? "block" : severities.includes("warn") ? "warn" : "allow"
      assert.strictEqual(report.verdict, expected)
      if (report.suggestion !== undefined) {
        const again = Check.request({ prompt: report.suggestion, model: "gpt-image-2" })
        assert.deepStrictEqual(again.findings.filter((finding) => !Finding.isInvalid(finding)), [])
      }
    }
    assert.isAbove(seen, 4000)
  })

  it("a disguised word's span is the disguise and no more", () => {
    for (const [before, after] of [["", ""], ["😀 ", " 😀"], ["ﬁne ß İ ", "."], ["नमस्ते ", " दुनिया"], ["e\u0301 ", "\u200b"]] as const) {
      const word = "𝐩\u200b𝐨\u00ad𝐫𝐧"
      const finding = Check.request({ prompt: before + word + after }).findings[0]
      assert.deepInclude(finding, { start: before.length, end: before.length + word.length, matched: word })
    }
  })

  it("keeps 50 findings, those that block first, and says how many it left out", () => {
    const report = Check.request({ prompt: `${"a %s cat, ".repeat(60)}sieg heil` })
    assert.strictEqual(report.findings.length, Check.maxFindings)
    assert.strictEqual(report.omitted, 11)
    assert.strictEqual(report.verdict, "block")
    assert.strictEqual(report.findings.at(-1)?.rule, "hate/slogans")
    assert.isUndefined(Check.request({ prompt: "a %s cat" }).omitted)
  })

  it("`matched` is bounded, the span is not", () => {
    const finding = Check.request({ prompt: " ".repeat(500) }).findings[0]
    assert.deepInclude(finding, { start: 0, end: 500, matched: " ".repeat(Finding.maxMatchedLength) })
  })

  it("hostile prompts are read in one pass: 32,000 characters of anything end", () => {
    for (const unit of ["a@", "@a.a.a.a.", "naked child ", "4111 ", "{{a", "${ ", "e\u0301\u0323", "ﷺ", "p\u200b", "kill all ", "sk-", "a'", "\ud800a"]) {
      const report = Check.request({ prompt: unit.repeat(Math.ceil(32_000 / unit.length)).slice(0, 32_000) })
      assert.isAtMost(report.findings.length, Check.maxFindings)
    }
  })

  it("findings survive a schema round trip through JSON", () => {
    const { findings } = Check.request({ prompt: "a nude child {{x}} \ud800", model: "gpt-image-1", size: "7x7", compression: 3 }, undefined, { now: 0 })
    assert.isAbove(findings.length, 4)
    for (const finding of findings) {
      assert.deepStrictEqual(decode(JSON.parse(JSON.stringify(Schema.encodeSync(Finding.Finding)(finding)))), finding)
    }
  })
})

describe("Check.ensure", () => {
  it.effect("answers the report when nothing blocks", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Check.ensure({ prompt: "a lighthouse" }), { verdict: "allow", findings: [] })
      assert.strictEqual((yield* Check.ensure({ prompt: "Pikachu" })).verdict, "warn")
      assert.strictEqual((yield* Check.ensure({ prompt: "Pikachu" }, PromptPolicy.none)).verdict, "allow")
    }))

  it.effect("compares shutdown dates with the clock", () =>
    Effect.gen(function*() {
      const request = { prompt: "a lighthouse", model: "gpt-image-1-mini" }
      yield* TestClock.setTime(Date.parse("2026-11-30T23:59:59Z"))
      assert.strictEqual((yield* Check.ensure(request)).verdict, "warn")
      yield* TestClock.adjust("1 second")
      const error = yield* Effect.flip(Check.ensure(request))
      assert.strictEqual(error.findings[0]?.rule, "request/model-shut-down")
      assert.include(error.remedy, "gpt-image-2.6-flare")
    }))

  it.effect("fails with PromptRejected, which says what policies need and repeats nothing of the prompt", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Check.ensure({ prompt: "Pikachu and a pile of severed heads" }))
      assert.instanceOf(error, PromptRejected.PromptRejected)
      assert.strictEqual(error._tag, "PromptRejected")
      assert.deepStrictEqual(
        [error.isRetryable, error.delivery, error.circuitOutcome, error.isRefusal],
        [false, "NotSent", "ignored", true]
      )
      assert.strictEqual(error.message, "Prompt rejected before sending: violence/gore")
      assert.deepStrictEqual(error.findings.map((finding) => finding.severity), ["warn", "block"])
      assert.notInclude(error.remedy, "severed")
      assert.match(error.remedy, /^[A-Z].*\.$/)
    }))

  it.effect("the error survives a schema round trip through JSON", () =>
    Effect.gen(function*() {
      const strict = PromptPolicy.extend(PromptPolicy.openai, { severities: { violence: "block" } })
      const error = yield* Effect.flip(Check.ensure({ prompt: "a dangerous weapon" }, strict))
      assert.strictEqual(error.suggestion, "a vintage wooden toy sword")
      const json = JSON.stringify(Schema.encodeSync(PromptRejected.PromptRejected)(error))
      const back = Schema.decodeUnknownSync(PromptRejected.PromptRejected)(JSON.parse(json))
      assert.instanceOf(back, PromptRejected.PromptRejected)
      assert.deepStrictEqual([back.findings, back.suggestion, back.remedy], [error.findings, error.suggestion, error.remedy])
    }))
})
