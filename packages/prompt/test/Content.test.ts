import { assert, describe, it } from "@effect/vitest"
import { Check, PromptPolicy, type Rule } from "../src/index.ts"
import { assertAllowed, only, rules } from "./support.ts"

describe("words, not parts of words", () => {
  it.each([
    "the Scunthorpe steel works at dusk",
    "the market square of Penistone",
    "a peacock in an Essex garden",
    "a cocktail on a marble bar",
    "the Sussex downs, Middlesex and Cockermouth",
    "a great tit and a blue-footed booby",
    "an assassin bug on a classic class glass",
    "a naked mole-rat colony, children watching at the zoo",
    "a comet visible to the naked eye, teenagers on a hill",
    "a naked cake for the kids' party",
    "a bowl of therapist-approved grapes and drapes",
    "4k render, 16:9, B2B trade fair, 1920s car, mp3 player, PS5",
    "a Gore-Tex jacket on a hook",
    "food porn, a glossy burger",
    "a suicide prevention guide cover, calm colours",
    "a robin hooded in snow; the iron gate of a man",
    "a shirt under the iron. Man in the doorway",
    "it was super, Mario said"
  ])("passes: %s", assertAllowed)

  it.each([
    "маяк в тумане, акварель",
    "ένας φάρος στην ομίχλη",
    "منارة في الضباب عند الفجر",
    "धुंध में एक प्रकाशस्तंभ, जलरंग",
    "雾中的灯塔，水彩画",
    "霧の中の灯台、水彩画、ＭＥＧＵＭＩカフェ",
    "안개 속의 등대",
    "מגדלור בערפל",
    "ประภาคารในหมอก",
    "Ein Leuchtturm für Käte, naïve crème brûlée, Øresund",
    "می‌خواهم یک فانوس دریایی"
  ])("passes honest text: %s", assertAllowed)
})

describe("content rules", () => {
  it.each([
    ["a pornographic scene", "sexual/explicit", "block", "pornographic"],
    ["a nude child", "sexual/minors-near", "block", "nude child"],
    ["an erotic pose by a 15 year old", "sexual/minors-near", "block", "erotic pose by a 15 year old"],
    ["a pile of severed heads", "violence/gore", "block", "severed heads"],
    ["a poster on how to kill yourself", "self-harm/instructions", "block", "how to kill yourself"],
    ["a banner that says sieg heil", "hate/slogans", "block", "sieg heil"],
    ["a nude woman on a sofa", "sexual/nudity", "warn", "nude woman"],
    ["A dangerous weapon", "violence/weapons", "warn", "dangerous weapon"],
    ["Pikachu's birthday", "ip-character/named", "warn", "Pikachu's"],
    ["Spider-Man over a bridge", "ip-character/named", "warn", "Spider-Man"],
    ["portrait of Taylor  Swift", "real-person/public-figure", "warn", "Taylor  Swift"],
    ["a castle in the style of Greg Rutkowski", "artist-style/living", "warn", "style of Greg Rutkowski"]
  ] as const)("%s", (prompt, rule, severity, matched) => {
    const found = Check.request({ prompt }).findings.find((finding) => finding.rule === rule)
    assert.deepInclude(found, { severity, matched })
    assert.strictEqual(Check.request({ prompt }).verdict, severity)
  })

  it("a minor and undress in two sentences, or far apart, do not meet", () => {
    assertAllowed("A child in a garden. Nude statues behind the wall")
    assert.include(rules("A child in a garden, nude statues behind the wall"), "sexual/minors-near")
    const far = "a child plays with a red ball on the long sandy beach while birds fly over naked hills"
    assertAllowed(far)
  })

  it.each([
    ["zero-width", "a p\u200bo\u200brn scene", "p\u200bo\u200brn"],
    ["full width", "a ｐｏｒｎ scene", "ｐｏｒｎ"],
    ["mathematical", "a 𝐩𝐨𝐫𝐧 scene", "𝐩𝐨𝐫𝐧"],
    ["Cyrillic о", "a pоrn scene", "pоrn"],
    ["Cyrillic and a diacritic", "a pо\u0301rn scene", "pо\u0301rn"],
    ["digits", "a p0rn scene", "p0rn"],
    ["case", "a PoRn scene", "PoRn"]
  ])("reads through %s, and the span covers what was written", (_, prompt, matched) => {
    const finding = only({ prompt })
    assert.deepInclude(finding, { rule: "sexual/explicit", matched, start: 2, end: 2 + matched.length })
  })

  it("the longest phrase speaks once", () => {
    assert.deepStrictEqual(Check.request({ prompt: "fully nude woman" }).findings.map((one) => [one.rule, one.matched]), [
      ["sexual/explicit", "fully nude woman"],
      ["sexual/nudity", "nude woman"]
    ])
  })
})

describe("privacy", () => {
  it.each([
    ["privacy/openai-key", `sk-proj-${"A1b2".repeat(8)}`],
    ["privacy/aws-key", "AKIAQWERTYUIOP123456"],
    ["privacy/github-token", `ghp_${"a1B2".repeat(9)}`],
    ["privacy/google-key", `AIza${"a1B2-".repeat(7)}`],
    ["privacy/private-key", "-----BEGIN RSA PRIVATE KEY-----"],
    ["privacy/email", "ann.lee+news@mail.city.gov.uk"],
    ["privacy/card-number", "4242 4242 4242 4242"],
    ["privacy/card-number", "378282246310005"]
  ])("%s: %s", (rule, secret) => {
    const finding = only({ prompt: `a mug that says ${secret} in gold` })
    assert.deepInclude(finding, { rule, matched: secret, severity: "warn", category: "privacy" })
    assert.notInclude(finding.message, secret)
  })

  it.each([
    "a sign with 4242 4242 4242 4243 on it",
    "0000 0000 0000 0000 odometer",
    "pi is 3.14159265358979323846",
    "a meeting @ noon, @midnight, #sk-ink",
    "a letter to ann@example.com",
    "a sk-8 board"
  ])("passes: %s", assertAllowed)
})

describe("suggestions", () => {
  it("change what is drawn, with the article", () => {
    assert.strictEqual(Check.request({ prompt: "A dangerous weapon" }).suggestion, "a vintage wooden toy sword")
    const suggest = (prompt: string) => Check.request({ prompt }).suggestion
    assert.strictEqual(suggest("a knight with his deadly weapon, oil"), "a knight with his vintage wooden toy sword, oil")
    assert.strictEqual(suggest("two deadly weapons"), "two vintage wooden toy swords")
    assert.strictEqual(suggest("🎨 the ｐｉｋａｃｈｕ eats"), "🎨 a small round woodland creature of an original design eats")
  })

  it("every rewrite of the table passes the rules that its phrase breaks", () => {
    for (const { from, to } of PromptPolicy.openai.rewrites) {
      assert.deepStrictEqual(rules(to), [], to)
      for (const phrase of from) {
        const first = phrase.split(" ").map((place) => place.split("|")[0]).join(" ")
        assert.strictEqual(Check.request({ prompt: `a ${first} at dawn` }).suggestion, `${to} at dawn`, phrase)
      }
    }
  })

  it("none when something is left over, and none for sexual content, hate, self-harm or minors", () => {
    for (const rest of ["and Taylor Swift", "and a nude woman", "at a kkk march", "and a man committing suicide", "and a nude child", "and severed heads"]) {
      assert.isUndefined(Check.request({ prompt: `a dangerous weapon ${rest}` }).suggestion, rest)
    }
    const wide = PromptPolicy.extend(PromptPolicy.openai, { rewrites: [{ from: ["nude woman"], to: "a dressed woman" }] })
    assert.isUndefined(Check.request({ prompt: "a nude woman" }, wide).suggestion)
  })

  it("a wrong parameter does not hide them, and a clean prompt has none", () => {
    assert.isString(Check.request({ prompt: "a dangerous weapon", model: "gpt-image-2", n: 99 }).suggestion)
    assert.isUndefined(Check.request({ prompt: "a wooden sword", model: "gpt-image-2", n: 99 }).suggestion)
  })
})

describe("policies", () => {
  const brand: Rule.Phrases = {
    kind: "phrases",
    id: "brand/acme",
    category: "brand",
    severity: "block",
    message: "Our brand is not drawn.",
    phrases: ["acme rocket|rockets"]
  }

  it("extend adds rules, severities, harmless phrases and rewrites, and leaves the first policy as it was", () => {
    const policy = PromptPolicy.extend(PromptPolicy.openai, {
      name: "ours",
      rules: [brand],
      severities: { "ip-character": "block", "violence/weapons": "off" },
      allow: ["batman comic"],
      rewrites: [{ from: ["acme rocket"], to: "a plain rocket" }]
    })
    assert.deepInclude(only({ prompt: "a brave rocket by Acme, pikachu" }), { severity: "warn" })
    assert.deepStrictEqual(rules("an acme-rocket", policy), ["brand/acme"])
    assert.strictEqual(Check.request({ prompt: "an acme rocket" }, policy).suggestion, "a plain rocket")
    assert.strictEqual(Check.request({ prompt: "pikachu" }, policy).verdict, "block")
    assert.deepStrictEqual(rules("a dangerous weapon", policy), [])
    assert.deepStrictEqual(rules("an old batman comic", policy), [])
    assert.deepStrictEqual(rules("an acme rocket"), [])
    assert.strictEqual(policy.name, "ours")
  })

  it("a rule of the same id takes the place of the earlier one", () => {
    const policy = PromptPolicy.extend(PromptPolicy.extend(PromptPolicy.none, { rules: [brand] }), {
      rules: [{ ...brand, severity: "warn", phrases: ["acme anvil"] }]
    })
    assert.deepStrictEqual(rules("an acme rocket", policy), [])
    assert.strictEqual(Check.request({ prompt: "an acme anvil" }, policy).verdict, "warn")
  })

  it("minors stay blocked whatever the severities and the harmless phrases", () => {
    const policy = PromptPolicy.extend(PromptPolicy.openai, {
      severities: { "sexual/minors": "off", "sexual/minors-near": "warn" },
      allow: ["nude child"]
    })
    assert.strictEqual(Check.request({ prompt: "a nude child" }, policy).verdict, "block")
  })

  it("a word in one script is never read as another: look-alikes count in mixed words only", () => {
    const policy = PromptPolicy.extend(PromptPolicy.none, { rules: [{ ...brand, phrases: ["cop"] }] })
    assert.deepStrictEqual(rules("сор на улице", policy), [])
    assert.deepStrictEqual(rules("a cор in the street", policy), ["brand/acme"])
  })

  it("an exception excuses its own rule only", () => {
    const policy = PromptPolicy.extend(PromptPolicy.none, {
      rules: [{ ...brand, except: ["toy acme rocket"] }, { ...brand, id: "brand/other" }]
    })
    assert.deepStrictEqual(rules("a toy acme rocket", policy), ["brand/other"])
  })
})
