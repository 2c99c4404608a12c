/** A policy's content rules, compiled, and one pass over a prompt. */
import type { Severity } from "../Finding.ts"
import type { PromptPolicy } from "../PromptPolicy.ts"
import type { Near, Pattern, Phrases, Rewrite, Rule, Span } from "../Rule.ts"
import * as Trie from "./trie.ts"
import * as View from "./view.ts"

type Entry =
  | { readonly kind: "phrase"; readonly rule: Phrases }
  | { readonly kind: "first" | "second"; readonly rule: Near }
  | { readonly kind: "except"; readonly rule: Rule }
  | { readonly kind: "allow" }

export interface Compiled {
  readonly words: Trie.Trie<Entry>
  readonly patterns: ReadonlyArray<Pattern>
  readonly rewrites: Trie.Trie<Rewrite>
}

/** A rule, and where it spoke in the original text. */
export interface Spoken {
  readonly rule: Rule
  readonly span: Span
}

/** `undefined`: the policy has switched the rule off. */
export const severityOf = (
  policy: PromptPolicy,
  rule: { readonly id: string; readonly category: string; readonly severity: Severity }
): Severity | undefined => {
  if (rule.category === "sexual/minors") return "block"
  const own = Object.hasOwn(policy.severities, rule.id) ? policy.severities[rule.id] : undefined
  const shared = Object.hasOwn(policy.severities, rule.category) ? policy.severities[rule.category] : undefined
  const severity = own ?? shared ?? rule.severity
  return severity === "off" ? undefined : severity
}

const addRule = (words: Trie.Trie<Entry>, rule: Phrases | Near): void => {
  for (const phrase of rule.except ?? []) Trie.add<Entry>(words, phrase, { kind: "except", rule })
  if (rule.kind === "phrases") {
    for (const phrase of rule.phrases) Trie.add<Entry>(words, phrase, { kind: "phrase", rule })
    return
  }
  for (const phrase of rule.first) Trie.add<Entry>(words, phrase, { kind: "first", rule })
  for (const phrase of rule.second) Trie.add<Entry>(words, phrase, { kind: "second", rule })
}

const make = (policy: PromptPolicy): Compiled => {
  const words = Trie.make<Entry>()
  const patterns: Array<Pattern> = []
  for (const rule of policy.rules) {
    if (severityOf(policy, rule) === undefined) continue
    if (rule.kind === "pattern") patterns.push(rule)
    else addRule(words, rule)
  }
  for (const phrase of policy.allow) Trie.add<Entry>(words, phrase, { kind: "allow" })
  const rewrites = Trie.make<Rewrite>()
  for (const rewrite of policy.rewrites) for (const phrase of rewrite.from) Trie.add(rewrites, phrase, rewrite)
  return { words, patterns, rewrites }
}

const cache = new WeakMap<PromptPolicy, Compiled>()

export const compile = (policy: PromptPolicy): Compiled => {
  const known = cache.get(policy)
  if (known !== undefined) return known
  const compiled = make(policy)
  cache.set(policy, compiled)
  return compiled
}

const within = (inner: Trie.Hit<unknown>, outer: Trie.Hit<unknown>): boolean =>
  inner.from >= outer.from && inner.to <= outer.to

/** Hits in order of their first token; of one rule in one role only the longest at a place, none inside the one before. */
const collect = (compiled: Compiled, view: View.View, tokens: ReadonlyArray<View.Token>): ReadonlyArray<Trie.Hit<Entry>> => {
  const excuses: Array<Trie.Hit<Entry>> = []
  const hits: Array<Trie.Hit<Entry>> = []
  for (let from = 0; from < tokens.length; from++) {
    Trie.at(compiled.words, view.text, tokens, from, (hit) => {
      if (hit.value.kind === "allow" || hit.value.kind === "except") excuses.push(hit)
      else hits.push(hit)
    })
  }
  if (hits.length === 0) return hits
  return longest(excuses.length === 0 ? hits : hits.filter((hit) => !isExcused(hit, excuses)))
}

const excuses = (excuse: Entry, spoken: Entry): boolean => {
  if (spoken.kind === "allow") return false
  if (excuse.kind === "except") return spoken.rule === excuse.rule
  return excuse.kind === "allow" && spoken.rule.category !== "sexual/minors"
}

/** Excuses come in order of their start and no phrase is longer than a few words: look only at those close by. */
const isExcused = (hit: Trie.Hit<Entry>, all: ReadonlyArray<Trie.Hit<Entry>>): boolean => {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((all[middle]?.from ?? 0) <= hit.from) low = middle + 1
    else high = middle
  }
  for (let index = low - 1; index >= 0 && index >= low - maxNearbyExcuses; index--) {
    const excuse = all[index]
    if (excuse !== undefined && within(hit, excuse) && excuses(excuse.value, hit.value)) return true
  }
  return false
}

const maxNearbyExcuses = 16

const longest = (hits: ReadonlyArray<Trie.Hit<Entry>>): ReadonlyArray<Trie.Hit<Entry>> => {
  const last = new Map<string, number>()
  const out: Array<Trie.Hit<Entry>> = []
  for (const hit of hits) {
    if (hit.value.kind === "allow") continue
    const key = `${hit.value.kind} ${hit.value.rule.id}`
    const position = last.get(key)
    const previous = position === undefined ? undefined : out[position]
    if (position !== undefined && previous !== undefined) {
      if (within(hit, previous)) continue
      if (within(previous, hit)) {
        out[position] = hit
        continue
      }
    }
    last.set(key, out.length)
    out.push(hit)
  }
  return out
}

const maxSentence = 300
const sentenceEnd = /[.!?。！？\n]/

/** Each meeting of a `first` with the latest `second` before or after it. */
const meetings = (
  hits: ReadonlyArray<Trie.Hit<Entry>>,
  view: View.View,
  tokens: ReadonlyArray<View.Token>
): ReadonlyArray<Spoken> => {
  const latest = new Map<string, Trie.Hit<Entry>>()
  const out: Array<Spoken> = []
  for (const hit of hits) {
    const entry = hit.value
    if (entry.kind !== "first" && entry.kind !== "second") continue
    const before = latest.get(`${entry.rule.id} ${entry.kind === "first" ? "second" : "first"}`)
    latest.set(`${entry.rule.id} ${entry.kind}`, hit)
    if (before === undefined || hit.from - before.from > Math.min(entry.rule.within, 32)) continue
    const [start, end] = bounds(before.from, Math.max(hit.to, before.to), tokens)
    if (end - start > maxSentence || sentenceEnd.test(view.text.slice(start, end))) continue
    out.push({ rule: entry.rule, span: [View.originalStart(view, start), View.originalEnd(view, end)] })
  }
  return out
}

const bounds = (from: number, to: number, tokens: ReadonlyArray<View.Token>): Span => [
  tokens[from]?.start ?? 0,
  tokens[to - 1]?.end ?? 0
]

const matchPatterns = (patterns: ReadonlyArray<Pattern>, text: string): ReadonlyArray<Spoken> => {
  const out: Array<Spoken> = []
  for (const rule of patterns) {
    for (const match of text.matchAll(rule.pattern)) {
      const found: Span = [match.index, match.index + match[0].length]
      const span = rule.accept === undefined ? found : rule.accept(text, found)
      if (span !== undefined && span[1] > span[0]) out.push({ rule, span })
    }
  }
  return out
}

/** What the rules of a policy say about a text, in no particular order. */
export const scan = (compiled: Compiled, text: string): ReadonlyArray<Spoken> => {
  const spoken = matchPatterns(compiled.patterns, text)
  if (compiled.words.root.next.size === 0) return spoken
  const view = View.make(text)
  const tokens = View.tokens(view)
  const hits = collect(compiled, view, tokens)
  if (hits.length === 0) return spoken
  const out = [...spoken, ...meetings(hits, view, tokens)]
  for (const hit of hits) {
    if (hit.value.kind !== "phrase") continue
    const [start, end] = bounds(hit.from, hit.to, tokens)
    out.push({ rule: hit.value.rule, span: [View.originalStart(view, start), View.originalEnd(view, end)] })
  }
  return out
}

const articles: ReadonlySet<string> = new Set(["a", "an", "the"])
const possessives: ReadonlySet<string> = new Set(["my", "your", "his", "her", "its", "our", "their", "this", "that"])

/** The text with every rewritable phrase rewritten, or `undefined` when there was none. */
export const rewrite = (compiled: Compiled, text: string): string | undefined => {
  const view = View.make(text)
  const tokens = View.tokens(view)
  let out = ""
  let copied = 0
  for (let from = 0; from < tokens.length;) {
    let best: Trie.Hit<Rewrite> | undefined
    Trie.at(compiled.rewrites, view.text, tokens, from, (hit) => {
      if (best === undefined || hit.to > best.to) best = hit
    })
    const hit: Trie.Hit<Rewrite> | undefined = best
    if (hit === undefined) {
      from += 1
      continue
    }
    const determiner = tokens[from - 1]?.text ?? ""
    const [start, end] = bounds(articles.has(determiner) ? from - 1 : from, hit.to, tokens)
    const to = possessives.has(determiner) ? hit.value.to.replace(/^(?:an?|the) /, "") : hit.value.to
    out += text.slice(copied, View.originalStart(view, start)) + to
    copied = View.originalEnd(view, end)
    from = hit.to
  }
  return copied === 0 ? undefined : out + text.slice(copied)
}
