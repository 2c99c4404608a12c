/**
 * Content rules as data.
 *
 * A phrase is words with spaces; a word may offer alternatives with `|` (`"naked|nude woman|man"` is four phrases).
 * Phrases match whole words only, over a normalised view of the prompt: compatibility forms, letter case, invisible
 * characters, look-alike letters in words that mix scripts, and digits that stand for letters do not hide a word.
 * Between two words of a phrase may stand up to three spaces, hyphens or underscores.
 */
import type { Category, Severity } from "./Finding.ts"

interface Base {
  /** Unique in a policy, `area/name` by custom. A rule of the same id replaces the earlier one in `PromptPolicy.extend`. */
  readonly id: string
  readonly category: Category
  readonly severity: Severity
  /** One sentence for the person who wrote the prompt. */
  readonly message: string
}

interface Worded extends Base {
  /** Phrases in which this rule's words are harmless (`"naked eye"`). Default: none. */
  readonly except?: ReadonlyArray<string>
}

/** Any of the phrases. Of several at one place the longest is reported. */
export interface Phrases extends Worded {
  readonly kind: "phrases"
  readonly phrases: ReadonlyArray<string>
}

/** A phrase of `first` and one of `second`, either order, in one sentence, at most `within` words apart. */
export interface Near extends Worded {
  readonly kind: "near"
  readonly first: ReadonlyArray<string>
  readonly second: ReadonlyArray<string>
  /** The distance in words between the two starts, 1 to 32. */
  readonly within: number
}

/** Start and end in UTF-16 units. */
export type Span = readonly [start: number, end: number]

/**
 * A bounded pattern over the original text, for keys and numbers.
 *
 * The pattern needs the flag `g`, and every quantifier in it needs an upper bound, or a hostile prompt can make it slow.
 */
export interface Pattern extends Base {
  readonly kind: "pattern"
  readonly pattern: RegExp
  /** A second look at a match: answers its span, a better one, or `undefined` to drop it. Must not throw. */
  readonly accept?: (text: string, span: Span) => Span | undefined
}

export type Rule = Phrases | Near | Pattern

/**
 * What could be said instead. `from` are phrases as above; `to` begins with its article, which is dropped after a
 * possessive. An article in the prompt before the phrase is replaced with it.
 */
export interface Rewrite {
  readonly from: ReadonlyArray<string>
  readonly to: string
}
