/** The form of a prompt: what no model can draw, or what a program sent by mistake. */
import type { Repair, Severity } from "../Finding.ts"
import type { Span } from "../Rule.ts"
import type { Collector } from "./collector.ts"

interface FormRule {
  readonly id: string
  readonly category: "invalid/empty" | "invalid/gibberish" | "invalid/encoding" | "invalid/template"
  readonly severity: Severity
  readonly message: string
}

interface FormPattern extends FormRule {
  readonly pattern: RegExp
  readonly repair?: Repair
}

const remove = (description: string): Repair => ({ field: "prompt", value: "", description })

/** Read everywhere in the prompt. Every quantifier is bounded or over one class. */
const patterns: ReadonlyArray<FormPattern> = [
  {
    id: "request/nul",
    category: "invalid/encoding",
    severity: "block",
    message: "The prompt holds NUL characters.",
    pattern: /\0+/g,
    repair: remove("Remove the NUL characters.")
  },
  {
    id: "request/control-character",
    category: "invalid/encoding",
    severity: "warn",
    message: "The prompt holds control characters; only tab, line feed and carriage return are text.",
    pattern: /[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+/g,
    repair: remove("Remove the control characters.")
  },
  {
    id: "request/lone-surrogate",
    category: "invalid/encoding",
    severity: "block",
    message: "The prompt holds half of a character (a lone UTF-16 surrogate), which cannot be sent as UTF-8.",
    pattern: /\p{Surrogate}+/gu,
    repair: remove("Remove the broken character, or cut text between characters.")
  },
  {
    id: "request/bidi-override",
    category: "invalid/encoding",
    severity: "warn",
    message: "The prompt holds characters that override the direction of text, so it reads other than it is stored.",
    pattern: /[\u202d\u202e]+/g,
    repair: remove("Remove the direction overrides; Arabic and Hebrew need none.")
  },
  {
    id: "request/unfilled-template",
    category: "invalid/template",
    severity: "block",
    message: "The prompt holds a placeholder that was never filled in.",
    pattern: /\{\{\s{0,8}[\p{L}_$#/][\p{L}\p{N}_$.-]{0,64}\s{0,8}\}\}|\$\{\s{0,8}[\p{L}_$][\p{L}\p{N}_$.-]{0,64}\s{0,8}\}/gu
  },
  {
    id: "request/printf-placeholder",
    category: "invalid/template",
    severity: "warn",
    message: "The prompt seems to hold a placeholder (%s or %d) that was never filled in.",
    // After a number it is a percentage: "50% discount", "50 %d'or".
    pattern: /(?<![\p{L}\p{N}%]|\d\s)%[sd](?![\p{L}\p{N}'’])/gu
  },
  {
    id: "request/serialised-object",
    category: "invalid/template",
    severity: "block",
    message: "The prompt holds an object that was turned into text, such as [object Object].",
    pattern: /\[object [A-Z][A-Za-z]{1,40}\]/g
  }
]

interface FormTest extends FormRule {
  readonly test: (text: string) => boolean
}

const ignorable = /[^\s\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\u2800]/u
const substance = /[\p{L}\p{N}]|[\p{S}--[\x00-\x7f]]/v
const minRepeats = 8

const isOneCharacter = (text: string): boolean => {
  const bare = text.trim()
  const first = String.fromCodePoint(bare.codePointAt(0) ?? 0)
  if (bare.length < minRepeats * first.length || !/[\p{L}\p{N}]/u.test(first)) return false
  for (let index = 0; index < bare.length; index += first.length) if (!bare.startsWith(first, index)) return false
  return true
}

/** About the prompt as a whole; the first that holds is the only one reported. */
const wholes: ReadonlyArray<FormTest> = [
  {
    id: "request/blank",
    category: "invalid/empty",
    severity: "block",
    message: "The prompt is blank: nothing is left without spaces and invisible characters.",
    test: (text) => !ignorable.test(text)
  },
  {
    id: "request/punctuation-only",
    category: "invalid/empty",
    severity: "block",
    message: "The prompt holds punctuation only.",
    // A broken or unknown character is not punctuation; the encoding rules speak about it.
    test: (text) => !substance.test(text) && !/[\p{Surrogate}\p{Co}\p{Cn}]/u.test(text)
  },
  {
    id: "request/serialised-nothing",
    category: "invalid/template",
    severity: "block",
    message: "The prompt is a missing value that was turned into text.",
    test: (text) => text.length < 32 && /^\s*["']?(?:undefined|null|NaN)["']?\s*$/.test(text)
  },
  {
    id: "request/repeated-character",
    category: "invalid/gibberish",
    severity: "warn",
    message: "The prompt is one character repeated.",
    test: isOneCharacter
  },
  {
    id: "request/url-only",
    category: "invalid/gibberish",
    severity: "warn",
    message: "The prompt is a URL only; image models do not open it. Describe the picture, or send the image for an edit.",
    test: (text) => /^\s*https?:\/\/[^\s]+\s*$/i.test(text)
  }
]

/** Checks the form of `text`. Answers whether it has content worth reading. */
export const check = (collector: Collector, text: string): boolean => {
  const whole = wholes.find((rule) => rule.test(text))
  if (whole !== undefined) collector.add(whole, [0, text.length])
  for (const rule of patterns) {
    for (const match of text.matchAll(rule.pattern)) {
      const span: Span = [match.index, match.index + match[0].length]
      collector.add(rule, span, rule.repair)
    }
  }
  return whole === undefined || whole.severity === "warn"
}
