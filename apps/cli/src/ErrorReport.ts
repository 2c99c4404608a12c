/** An `ImageError` in the words of the command line and its files. */
import * as Duration from "effect/Duration"
import { type ImageModel, Reason } from "fixative"

export interface ErrorReport {
  /** A wire name (`rate_limited`, ...), or our own refusal: `prompt_rejected`, `circuit_open`, `deadline_exceeded`, ... */
  readonly reason: string
  /** The rule that spoke: of the classification, or of the prompt checks. */
  readonly rule: string
  readonly message: string
  readonly remedy: string
  readonly delivery: string
  readonly retryAfterMillis?: number
  readonly requestId?: string
  readonly status?: number
  /** Of a rejected prompt: what was found, without the text itself. */
  readonly findings?: ReadonlyArray<{ readonly category: string; readonly rule: string; readonly start: number; readonly end: number; readonly message: string }>
}

const snakeCase = (tag: string): string => tag.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()

export const of = (error: ImageModel.ImageError): ErrorReport => {
  const shared = {
    message: error.message,
    remedy: error.remedy,
    delivery: error.delivery,
    ...(error.retryAfter === undefined ? {} : { retryAfterMillis: Duration.toMillis(error.retryAfter) })
  }
  if (error._tag === "ProviderError") {
    return {
      reason: Reason.wireName(error.reason),
      rule: error.rule,
      ...shared,
      ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
      ...(error.http === undefined ? {} : { status: error.http.status })
    }
  }
  if (error._tag !== "PromptRejected") return { reason: snakeCase(error._tag), rule: `fixative/${snakeCase(error._tag).replaceAll("_", "-")}`, ...shared }
  const blocking = error.findings.filter(({ severity }) => severity === "block")
  return {
    reason: blocking.every(({ category }) => category.startsWith("invalid/")) ? "invalid_request" : "content_policy_prompt",
    rule: `prompt/${blocking[0]?.rule ?? "unknown"}`,
    ...shared,
    findings: error.findings.map(({ category, end, message, rule, start }) => ({ category, rule, start, end, message }))
  }
}
