/**
 * Decides, without a network, whether a request may be sent: the form of the prompt, the limits of the model, and the
 * content rules of a policy.
 *
 * It sees words. Harm that is in the picture and not in the words, paraphrase and most languages other than English
 * pass; the provider's own moderation still decides what is drawn.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Finding } from "./Finding.ts"
import * as CollectorModule from "./internal/collector.ts"
import { compile, rewrite, scan } from "./internal/matcher.ts"
import * as ParameterChecks from "./internal/parameterChecks.ts"
import * as TextChecks from "./internal/textChecks.ts"
import * as Limits from "./Limits.ts"
import * as PromptPolicy from "./PromptPolicy.ts"
import { PromptRejected } from "./PromptRejected.ts"

export interface Request {
  readonly prompt: string
  /** Default: the policy's. `"openai"` has hard limits; `"openai-compatible"` and `"azure-openai"` get them as warnings. */
  readonly provider?: string
  /** A model without an entry in `Limits` gets generic checks only. */
  readonly model?: string
  /** `WxH` in pixels, or `auto`. */
  readonly size?: string
  readonly n?: number
  readonly quality?: string
  /** `png` when absent. */
  readonly format?: string
  readonly background?: string
  /** 0 to 100. */
  readonly compression?: number
}

export interface Report {
  /** `block` if any finding blocks, else `warn` if any warns, else `allow`. */
  readonly verdict: "allow" | "warn" | "block"
  /** By start, at most {@link maxFindings}; what blocks is kept before what warns. */
  readonly findings: ReadonlyArray<Finding>
  /** How many findings were left out for the bound. Absent: none. */
  readonly omitted?: number
  /** The prompt said in another way that has no content finding. Never applied by itself. */
  readonly suggestion?: string
}

export interface Options {
  /**
   * The time that shutdown dates are compared with, epoch milliseconds or a `Date`. Absent: a model that has a shutdown
   * date is a warning, before and after it.
   */
  readonly now?: Date | number
}

/** The most findings in a report. */
export const maxFindings = 50

/**
 * Content rules read this many UTF-16 units, more than any listed model takes; a longer prompt (to a model without
 * limits here) gets the warning `request/partly-read`.
 */
export const maxReadLength = 100_000

const checkLength = (collector: CollectorModule.Collector, text: string, applicable: Limits.Applicable): void => {
  const max = applicable.limits.maxPromptLength
  if (text.length <= max) return
  let points = 0
  let cut = text.length
  for (let index = 0; index < text.length; points++) {
    if (points === max) cut = index
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1
  }
  const spec = { id: "request/too-long", category: "invalid/length" }
  if (points > max) {
    collector.add(
      {
        ...spec,
        severity: applicable.strict ? "block" : "warn",
        message: `The prompt has ${points} characters. Allowed: ${max}.`
      },
      [cut, text.length],
      { field: "prompt", value: "", description: `Shorten it by ${points - max} characters.` }
    )
    return
  }
  collector.add(
    {
      ...spec,
      severity: "warn",
      message: `The prompt has ${points} characters but ${text.length} UTF-16 units, and the limit is ${max} of one or the other: the provider does not say which.`
    },
    [0, text.length]
  )
}

/** Content that is never offered in other words. */
const unspeakable = /^(?:sexual|hate|harassment|self-harm)(?:\/|$)/

const suggest = (policy: PromptPolicy.PromptPolicy, text: string, findings: ReadonlyArray<Finding>): string | undefined => {
  const spoken = findings.filter((finding) => !finding.rule.startsWith("request/"))
  if (spoken.length === 0 || spoken.some((finding) => unspeakable.test(finding.category))) return undefined
  const compiled = compile(policy)
  const suggestion = rewrite(compiled, text)
  return suggestion === undefined || scan(compiled, suggestion).length > 0 ? undefined : suggestion
}

const toMillis = (now: Date | number | undefined): number | undefined =>
  now === undefined ? undefined : typeof now === "number" ? now : now.getTime()

const unreadable: CollectorModule.Spec = {
  id: "request/not-text",
  category: "invalid/empty",
  severity: "block",
  message: "The prompt is not text."
}

/**
 * Checks a request. Pure and synchronous, and it never throws; values of a wrong type from untyped code are findings.
 *
 * @example
 * ```ts
 * import { Check } from "@fixative/prompt"
 *
 * const report = Check.request({ prompt: "a lighthouse in fog", model: "gpt-image-2", size: "1000x1000" })
 * report.verdict // "block"
 * report.findings[0]?.repair // { field: "size", value: "1008x1008", description: "Use 1008x1008." }
 * ```
 */
export const request = (
  request: Request,
  policy: PromptPolicy.PromptPolicy = PromptPolicy.openai,
  options?: Options
): Report => {
  const isText = typeof request.prompt === "string"
  const text = isText ? request.prompt : ""
  const collector = CollectorModule.make(text, policy, maxFindings)
  const applicable = Limits.find(request.provider ?? policy.provider, request.model)
  if (!isText) collector.add(unreadable, [0, 0])
  const readable = isText && TextChecks.check(collector, text)
  if (applicable !== undefined) {
    checkLength(collector, text, applicable)
    ParameterChecks.check(collector, request, applicable, toMillis(options?.now))
  }
  if (!readable) return report(collector.finish(), undefined)
  const read = text.length > maxReadLength ? text.slice(0, maxReadLength) : text
  if (read !== text && policy.rules.length > 0) {
    collector.add(
      {
        id: "request/partly-read",
        category: "invalid/length",
        severity: "warn",
        message: `Content rules read the first ${maxReadLength} UTF-16 units only.`
      },
      [maxReadLength, text.length]
    )
  }
  for (const { rule, span } of scan(compile(policy), read)) collector.add(rule, span)
  const collected = collector.finish()
  return report(collected, read === text ? suggest(policy, text, collected.findings) : undefined)
}

const report = (collected: CollectorModule.Collected, suggestion: string | undefined): Report => ({
  verdict: collected.verdict,
  findings: collected.findings,
  ...(collected.omitted === 0 ? {} : { omitted: collected.omitted }),
  ...(suggestion === undefined ? {} : { suggestion })
})

/** {@link request} as an effect: fails with `PromptRejected` when blocked, and reads the time from `Clock`. */
export const ensure: (
  request: Request,
  policy?: PromptPolicy.PromptPolicy
) => Effect.Effect<Report, PromptRejected> = Effect.fnUntraced(function*(input, policy) {
  const checked = request(input, policy, { now: yield* Clock.currentTimeMillis })
  if (checked.verdict !== "block") return checked
  return yield* new PromptRejected({
    findings: checked.findings,
    ...(checked.suggestion === undefined ? {} : { suggestion: checked.suggestion })
  })
})
