/**
 * What a check found: the kind of trouble, how bad it is, where it is in the prompt, and what would repair it.
 *
 * A finding is plain data and survives JSON. Offsets are UTF-16 units of the prompt as it was given, so
 * `prompt.slice(finding.start, finding.end)` is the passage that a rule spoke about, whatever disguise it wore.
 */
import * as Schema from "effect/Schema"

/** The longest passage that `matched` repeats, in UTF-16 units. The span itself is never shortened. */
export const maxMatchedLength = 200

/**
 * The categories that Fixative's own rules use.
 *
 * Those with `invalid/` are about the form of the request. The next block has the names of OpenAI's
 * `omni-moderation` endpoint, so that both can be counted together. The last four are image policy, which that
 * endpoint does not know.
 */
export const knownCategories = [
  "invalid/empty",
  "invalid/gibberish",
  "invalid/length",
  "invalid/encoding",
  "invalid/template",
  "invalid/parameter",
  "invalid/model",
  "harassment",
  "harassment/threatening",
  "hate",
  "hate/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/intent",
  "self-harm/instructions",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic",
  "ip-character",
  "real-person",
  "privacy",
  "artist-style"
] as const

export type KnownCategory = (typeof knownCategories)[number]

/** An open set: a policy's own rules may bring categories of their own. */
export type Category = KnownCategory | (string & {})

/** `block`: sending it is refused. `warn`: it is sent, and somebody should look. */
export const Severity = Schema.Literals(["warn", "block"])
export type Severity = typeof Severity.Type

/** The field of the request that a finding or a repair is about. */
export const Field = Schema.Literals([
  "prompt",
  "model",
  "size",
  "n",
  "quality",
  "format",
  "background",
  "compression"
])
export type Field = typeof Field.Type

/**
 * One change that would remove the finding.
 *
 * For `field: "prompt"` the value replaces the finding's span; for every other field it replaces the field's value.
 * `null` means: leave the field out.
 */
export const Repair = Schema.Struct({
  field: Field,
  value: Schema.NullOr(Schema.Union([Schema.String, Schema.Number])),
  description: Schema.String
})
export type Repair = typeof Repair.Type

export const Finding = Schema.Struct({
  /** One of {@link knownCategories}, or a category of your own rules. */
  category: Schema.Union([Schema.Literals(knownCategories), Schema.String]),
  severity: Severity,
  /** First UTF-16 unit of the passage in the original prompt. 0 for findings about another field. */
  start: Schema.Int,
  /** One past its last UTF-16 unit. 0 for findings about another field. */
  end: Schema.Int,
  /** The passage itself, its first {@link maxMatchedLength} units. May hold a secret: see the README. */
  matched: Schema.String,
  /** The id of the rule that spoke, for example `violence/weapons` or `request/too-long`. */
  rule: Schema.String,
  /** A sentence for a person, with what is allowed instead. Never repeats the passage. */
  message: Schema.String,
  /** Absent: the prompt. */
  field: Schema.optionalKey(Field),
  repair: Schema.optionalKey(Repair)
})
export type Finding = typeof Finding.Type

/** The passage of a span as `matched` has it. */
export const excerpt = (text: string, start: number, end: number): string =>
  text.slice(start, Math.min(end, start + maxMatchedLength))

/** Whether a finding is about the form of the request and not about what the picture would show. */
export const isInvalid = (finding: Finding): boolean => finding.category.startsWith("invalid/")
