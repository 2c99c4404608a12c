/**
 * The error of a prompt that was refused before it was sent. Nothing left this process and nothing was spent.
 *
 * It has the shape that retry, breaker and fallback policies read: never retryable, not sent, no outcome for a
 * circuit breaker, and a refusal, so that it is not carried from provider to provider.
 */
import * as Schema from "effect/Schema"
import { Finding, isInvalid } from "./Finding.ts"

export class PromptRejected extends Schema.TaggedError<PromptRejected>("@fixative/prompt/PromptRejected")("PromptRejected", {
  /** Everything that was found, warnings too, sorted by start. `matched` may hold a secret from the prompt. */
  findings: Schema.Array(Finding),
  /** The prompt as it could be said instead, where the policy knows. */
  suggestion: Schema.optionalKey(Schema.String)
}) {
  get isRetryable(): boolean {
    return false
  }

  get delivery(): "NotSent" {
    return "NotSent"
  }

  get circuitOutcome(): "ignored" {
    return "ignored"
  }

  get isRefusal(): boolean {
    return true
  }

  /** The findings that caused the refusal. */
  get blocking(): ReadonlyArray<Finding> {
    return this.findings.filter((finding) => finding.severity === "block")
  }

  /** One or two sentences for a person. Repeats nothing of the prompt. */
  get remedy(): string {
    const first = this.blocking[0]
    if (first === undefined) return "Read the findings and change the request."
    if (first.repair !== undefined) return `${first.message} ${first.repair.description}`
    if (isInvalid(first)) return `${first.message} Correct the request and send it again.`
    return this.suggestion === undefined
      ? `${first.message} Describe another scene; a different spelling will not help.`
      : `${first.message} The error's suggestion says it in a way that passes.`
  }

  /** Rule ids only, so that a log line holds nothing of the prompt. */
  override get message(): string {
    const rules = [...new Set(this.blocking.map((finding) => finding.rule))]
    const more = rules.length > 5 ? ` and ${rules.length - 5} more` : ""
    return `Prompt rejected before sending: ${rules.slice(0, 5).join(", ")}${more}`
  }
}
