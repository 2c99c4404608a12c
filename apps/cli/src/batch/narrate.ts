/** A batch as lines for people: what each prompt meets, as it is met. */
import * as Duration from "effect/Duration"
import { type Events, type ImageModel, Reason } from "fixative"
import { duration, plural, shorten, usd } from "../ui/format.ts"
import type { Ui } from "../ui/Ui.ts"
import type { Item } from "./Input.ts"
import type { Row } from "./Manifest.ts"
import type * as Plan from "./Plan.ts"

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
export const narrator = (paint: Paint, item: Pick<Item, "id">, isVerbose = false): (event: Events.Event) => string | undefined => {
  let isWaiting = false
  return (event) => {
    const wasWaiting = isWaiting
    isWaiting = isCircuit(event)
    return isWaiting && wasWaiting ? undefined : lineOf(paint, item, isVerbose, event)
  }
}

/** Why a call waits, in a few words. */
export const whyOf = (event: Extract<Events.Event, { readonly _tag: "Waiting" }>): string => {
  if (event.why === "pacing") return "pacing"
  if (event.why === "hint") return "the provider asked another call"
  if (event.error?._tag === "CircuitOpen") return "circuit open, nothing sent"
  return event.hinted ? "as the provider asks" : "backoff"
}

/** One line for an event, or none: a request that goes out is told by what comes of it. */
const lineOf = (paint: Paint, item: Pick<Item, "id">, isVerbose: boolean, event: Events.Event): string | undefined => {
  const id = paint("dim", item.id)
  switch (event._tag) {
    case "Sent":
      return undefined
    case "Failed": {
      const billed = event.error.delivery === "MaybeProcessed" ? `, ${paint("magenta", "may have been billed")}` : ""
      const request = isVerbose && event.error._tag === "ProviderError" && event.error.requestId !== undefined ? `  ${event.error.requestId}` : ""
      return `${id}  ${paint("yellow", "fault")}  ${nameOf(event.error)}${billed}${paint("dim", `  ${ruleOf(event.error)}${request}`)}`
    }
    case "Waiting": {
      if (event.why === "pacing" && Duration.toMillis(event.delay) < 1000) return undefined
      return `${id}  ${paint("cyan", "wait ")}  ${duration(event.delay)}${paint("dim", `  ${whyOf(event)}`)}`
    }
    case "FellBack":
      return `${id}  ${paint("cyan", "next ")}  ${event.to}`
  }
}

/** One line for a prompt that is done with. */
export const row = (paint: Paint, row: Row, isVerbose: boolean): string => {
  const id = paint("dim", row.id)
  const sent = plural(row.attempts, "attempt")
  if (row.status === "made") {
    const cost = row.cost === undefined ? "" : `, ${usd(row.cost.usd)}`
    return `${id}  ${paint("green", "made ")}  ${row.file ?? ""}${paint("dim", `  ${row.width ?? "?"}x${row.height ?? "?"}, ${sent}${cost}${isVerbose && row.requestId !== undefined ? `, ${row.requestId}` : ""}`)}`
  }
  const word = { refused: "refused", invalid: "invalid", failed: "failed" }[row.status]
  return `${id}  ${paint("red", word)}  ${shorten(row.prompt, 50)}${paint("dim", `  ${row.error?.rule ?? ""}, ${row.attempts === 0 ? "nothing sent" : sent}${isVerbose && row.error?.requestId !== undefined ? `, ${row.error.requestId}` : ""}`)}\n` +
    `      ${row.error?.remedy ?? ""}`
}

/** An id that stands for another request already. */
export const changed = (paint: Paint, item: Item, was: string): string =>
  `${paint("dim", item.id)}  ${paint("red", "changed")}  ${shorten(item.prompt, 50)}\n` +
  `      This id was made, or asked for, with another prompt or other options (${shorten(was, 50)}). Nothing was sent or overwritten: ` +
  "give it an id of its own, or take another --out."

export const trouble = (paint: Paint, directory: string, message: string): string =>
  paint("red", `Cannot write to ${directory}: ${message}. Nothing new is sent; what is paid for is kept in memory until it can be written.`)

export const stopping = (paint: Paint, signal: string, grace: Duration.Duration): string =>
  paint("yellow", `${signal}: nothing new is sent; requests that are out have ${duration(grace)} to finish. Once more ends them, too.`)

export const goOn = "The same command goes on where this one ended."

/** What an earlier run in the folder means for this one. */
export const resuming = (paint: Paint, steps: ReadonlyArray<Plan.Step>, unreadable: ReadonlyArray<number>): ReadonlyArray<string> => {
  const count = (of: (step: Plan.Step) => boolean) => steps.filter(of).length
  const kept = count((step) => step._tag === "Keep" && step.row.status === "made")
  const refused = count((step) => step._tag === "Keep" && step.row.status !== "made")
  const again = steps.filter((step) => step._tag === "Make" && (step.task.past?.unanswered ?? 0) > 0).map(({ task }) => task.item.id)
  return [
    ...(unreadable.length === 0 ? [] : [paint("yellow", `manifest.jsonl: line ${unreadable.slice(0, 5).join(", ")} cannot be read (an earlier run was ended there) and is passed over.`)]),
    ...(kept === 0 ? [] : [`${plural(kept, "prompt")} made in an earlier run.`]),
    ...(refused === 0 ? [] : [`${plural(refused, "prompt")} refused in an earlier run, and not asked again.`]),
    ...(again.length === 0 ? [] : [paint("magenta", `${plural(again.length, "prompt")} sent in an earlier run without an answer, and sent again; each may be billed twice: ${again.slice(0, 20).join(", ")}`)])
  ]
}
