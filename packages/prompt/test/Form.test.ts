import { assert, describe, it } from "@effect/vitest"
import { Check, PromptPolicy } from "../src/index.ts"
import { assertAllowed, only, rules } from "./support.ts"

describe("the form of a prompt", () => {
  it("is blank when nothing is left without spaces and invisible characters", () => {
    for (const prompt of ["", " ", "\n\t ", "\u200b\u200d\ufeff", "\u3000\u00a0", "\u2800", "\u3164"]) {
      const finding = only({ prompt })
      assert.strictEqual(finding.rule, "request/blank", JSON.stringify(prompt))
      assert.strictEqual(finding.severity, "block")
      assert.strictEqual(finding.category, "invalid/empty")
    }
  })

  it("is punctuation only, but not when it is an emoji, a symbol or a number", () => {
    for (const prompt of ["...!!!", "?", "--- ---", "。。。", "\"\"", "+="]) assert.deepStrictEqual(rules(prompt), ["request/punctuation-only"])
    for (const prompt of ["🎨", "❤️", "★", "7", "猫", "π"]) assertAllowed(prompt)
  })

  it("NUL blocks, other control characters warn, line breaks and tabs are text", () => {
    const nul = only({ prompt: "a cat\0\0 asleep" })
    assert.deepStrictEqual([nul.rule, nul.severity, nul.start, nul.end], ["request/nul", "block", 5, 7])
    assert.strictEqual(nul.repair?.value, "")
    for (const char of ["\u0001", "\u001b", "\u007f", "\u0085", "\u009f"]) {
      const finding = only({ prompt: `a ${char}cat` })
      assert.deepStrictEqual([finding.rule, finding.severity, finding.matched], ["request/control-character", "warn", char])
    }
    assertAllowed("a cat,\r\n\tasleep on a sofa\n")
  })

  it("lone surrogates block, pairs do not", () => {
    const finding = only({ prompt: "a cat \ud83d asleep" })
    assert.deepStrictEqual([finding.rule, finding.severity, finding.start, finding.end], ["request/lone-surrogate", "block", 6, 7])
    assert.deepStrictEqual(rules("\udc00\ud800"), ["request/lone-surrogate"])
    assertAllowed("a cat 😀 asleep")
  })

  it("direction overrides warn, marks and isolates of honest right-to-left text do not", () => {
    const finding = only({ prompt: "cat \u202egod" })
    assert.deepStrictEqual([finding.rule, finding.severity, finding.matched], ["request/bidi-override", "warn", "\u202e"])
    assertAllowed("لافتة \u2067كتب عليها\u2069 \u200fمرحبا")
  })

  it("unfilled placeholders, but not prices, percentages and braces of prose", () => {
    for (const prompt of ["a {{subject}} at dawn", "a {{ user.name }}", "a ${animal} at dawn", "{{#each}} cats"]) {
      assert.deepStrictEqual(rules(prompt), ["request/unfilled-template"], prompt)
    }
    for (const prompt of ["a portrait of %s in oil", "%d cats"]) assert.deepStrictEqual(rules(prompt), ["request/printf-placeholder"], prompt)
    for (const prompt of [
      "a shop window, 50% off",
      "a sign that says 50 %discount",
      "20%sale banner",
      "100 %s",
      "$5 {special}",
      "price tag $20",
      "a 50%-transparent glass"
    ]) assertAllowed(prompt)
    assert.deepStrictEqual(rules("a picture of [object Object]"), ["request/serialised-object"])
  })

  it("a missing value that became text, only as the whole prompt", () => {
    for (const prompt of ["undefined", "null", " null\n", "\"undefined\"", "NaN"]) assert.deepStrictEqual(rules(prompt), ["request/serialised-nothing"])
    for (const prompt of ["an undefined shape in fog", "the null island buoy"]) assertAllowed(prompt)
  })

  it("one character repeated, and a URL alone, warn", () => {
    assert.deepStrictEqual(rules("a".repeat(40)), ["request/repeated-character"])
    assert.deepStrictEqual(rules("𝐚".repeat(8)), ["request/repeated-character"])
    assert.deepStrictEqual(rules("https://example.com/cat.png"), ["request/url-only"])
    for (const prompt of ["aaaah", "zzz", "🎉🎉🎉🎉🎉🎉🎉🎉🎉", "a cat like https://example.com/cat.png"]) assertAllowed(prompt)
  })

  it("values of a wrong type are findings and do not throw", () => {
    const wrong = { prompt: undefined, model: "gpt-image-2", size: 1024, n: Symbol("n"), quality: {}, format: Object.create(null) }
    // What untyped callers send.
    const report = Check.request(wrong as unknown as Check.Request)
    assert.strictEqual(report.verdict, "block")
    assert.sameMembers(report.findings.map((finding) => finding.rule), [
      "request/not-text", "request/format-type", "request/size-type", "request/n-type", "request/quality-type"
    ])
  })

  it("request checks hold under the policy without rules, and can be changed by id or category", () => {
    assert.deepStrictEqual(rules("", PromptPolicy.none), ["request/blank"])
    const lax = PromptPolicy.extend(PromptPolicy.none, { severities: { "invalid/template": "warn", "request/serialised-object": "off" } })
    assert.strictEqual(Check.request({ prompt: "a {{cat}}" }, lax).verdict, "warn")
    assert.strictEqual(Check.request({ prompt: "a [object Object]" }, lax).verdict, "allow")
  })
})
