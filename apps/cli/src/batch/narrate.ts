/** A batch as lines for people: what each prompt meets, as it is met. */
import * as Duration from "effect/Duration"
import { type Events, type ImageModel, Reason } from "fixative"
import { duration, plural, shorten, usd } from "../ui/format.ts"
import type { Ui } from "../ui/Ui.ts"
import type { Item } from "./Input.ts"
import type { Row } from "./Manifest.ts"

type Paint = Ui["Service"]["paint"]

const refusalNames: Readonly<Record<ImageModel.Refusal["_tag"], string>> = {
  PromptRejected: "prompt rejected",
  CircuitOpen: "circuit open",
  DeadlineExceeded: "deadline exceeded",
  RetryQuotaExhausted: "retry quota empty",
  BudgetExceeded: "budget exceeded",
  QueueFull: "queue full"
}

/** `"429 rate limited, images"`. */
const nameOf = (error: ImageModel.ImageError): string => {
  if (error._tag !== "ProviderError") return refusalNames[error._tag]
  const name = Reason.wireName(error.reason).replaceAll("_", " ")
  const detail = error.reason._tag === "ContentPolicy" ? error.reason.categories.join(", ") : Reason.detail(error.reason) ?? ""
  return [`${error.http === undefined ? "" : `${error.http.status} `}${name}`, ...(detail === "" ? [] : [detail])].join(", ")
}

const ruleOf = (error: ImageModel.ImageError): string => error._tag === "ProviderError" ? error.rule : ""

const isCircuit = (event: Events.Event): boolean => event._tag === "Waiting" && event.error?._tag === "CircuitOpen"

/**
 * Lines for the events of one prompt. Waiting for an open circuit is told once, until something is sent again: every second a
 * caller asks whether it is closed, and nobody wants to read that.
 */
export const narrator = (paint: Paint, item: Item): (event: Events.Event) => string | undefined => {
  let isWaiting = false
  return (event) => {
    const wasWaiting = isWaiting
    isWaiting = isCircuit(event)
    return isWaiting && wasWaiting ? undefined : lineOf(paint, item, event)
  }
}

/** One line for an event, or none: a request that goes out is told by what comes of it. */
const lineOf = (paint: Paint, item: Item, event: Events.Event): string | undefined => {
  const id = paint("dim", item.id)
  switch (event._tag) {
    case "Sent":
      return undefined
    case "Failed": {
      const billed = event.error.delivery === "MaybeProcessed" ? `, ${paint("magenta", "may have been billed")}` : ""
      return `${id}  ${paint("yellow", "fault")}  ${nameOf(event.error)}${billed}${paint("dim", `  ${ruleOf(event.error)}`)}`
    }
    case "Waiting": {
      if (event.why === "pacing" && Duration.toMillis(event.delay) < 1000) return undefined
      const why = event.why === "retry"
        ? event.error?._tag === "CircuitOpen" ? "circuit open, nothing sent" : event.hinted ? "as the provider asks" : "backoff"
        : event.why === "hint" ? "the provider asked another call" : "pacing"
      return `${id}  ${paint("cyan", "wait ")}  ${duration(event.delay)}${paint("dim", `  ${why}`)}`
    }
    case "FellBack":
      return `${id}  ${paint("cyan", "next ")}  ${event.to}`
  }
}

/** One line for a prompt that is done with. */
export const row = (paint: Paint, row: Row): string => {
  const id = paint("dim", row.id)
  const sent = plural(row.attempts, "attempt")
  if (row.status === "made") {
    const cost = row.cost === undefined ? "" : `, ${usd(row.cost.usd)}`
    return `${id}  ${paint("green", "made ")}  ${row.file ?? ""}${paint("dim", `  ${row.width ?? "?"}x${row.height ?? "?"}, ${sent}${cost}`)}`
  }
  const word = { refused: "refused", invalid: "invalid", failed: "failed" }[row.status]
  return `${id}  ${paint("red", word)}  ${shorten(row.prompt, 50)}${paint("dim", `  ${row.error?.rule ?? ""}, ${row.attempts === 0 ? "nothing sent" : sent}`)}\n` +
    `      ${row.error?.remedy ?? ""}`
}
