/**
 * Which content rules apply, and how severely. Request checks (form, length, parameters) are facts about the model and
 * apply under every policy; `severities` can change them too.
 *
 * A policy is an immutable value and is compiled once, at its first use: build it once, not per request.
 */
import type { Severity } from "./Finding.ts"
import { allowedPhrases, contentRules } from "./internal/contentRules.ts"
import { nameRules } from "./internal/nameRules.ts"
import { privacyRules } from "./internal/privacyRules.ts"
import { rewrites } from "./internal/rewrites.ts"
import type { Rewrite, Rule } from "./Rule.ts"

export interface PromptPolicy {
  readonly name: string
  /** The provider of requests that name none. Default `"openai"`. */
  readonly provider: string
  readonly rules: ReadonlyArray<Rule>
  /**
   * By rule id or by category; the rule id wins. Default: what the rule says.
   * `sexual/minors` cannot be softened: its rules block under every policy that has them.
   */
  readonly severities: Readonly<Record<string, Severity | "off">>
  /** Phrases in which a rule's words are harmless (`"bath bomb"`). They do not excuse `sexual/minors`. */
  readonly allow: ReadonlyArray<string>
  /** Tried when a content rule spoke; the result is checked again before it is suggested. */
  readonly rewrites: ReadonlyArray<Rewrite>
}

export interface Extension {
  readonly name?: string
  readonly provider?: string
  /** Added after the policy's rules; one with the id of an earlier rule takes its place. */
  readonly rules?: ReadonlyArray<Rule>
  /** Merged over the policy's. */
  readonly severities?: Readonly<Record<string, Severity | "off">>
  /** Added. */
  readonly allow?: ReadonlyArray<string>
  /** Put before the policy's, so that yours win. */
  readonly rewrites?: ReadonlyArray<Rewrite>
}

/** Request checks alone. */
export const none: PromptPolicy = {
  name: "none",
  provider: "openai",
  rules: [],
  severities: {},
  allow: [],
  rewrites: []
}

/**
 * The default: a small set of unmistakable content blocks, ambiguous content warns. Made for few false alarms;
 * it does not claim to find all that OpenAI refuses.
 */
export const openai: PromptPolicy = {
  name: "openai",
  provider: "openai",
  rules: [...contentRules, ...nameRules, ...privacyRules],
  severities: {},
  allow: allowedPhrases,
  rewrites
}

/** A new policy: `policy` with more rules, other severities, more harmless phrases, more rewrites. */
export const extend = (policy: PromptPolicy, extension: Extension): PromptPolicy => {
  const rules = new Map([...policy.rules, ...(extension.rules ?? [])].map((rule) => [rule.id, rule]))
  return {
    name: extension.name ?? policy.name,
    provider: extension.provider ?? policy.provider,
    rules: [...rules.values()],
    severities: { ...policy.severities, ...extension.severities },
    allow: [...policy.allow, ...(extension.allow ?? [])],
    rewrites: [...(extension.rewrites ?? []), ...policy.rewrites]
  }
}
