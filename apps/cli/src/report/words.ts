/** What a report calls things. */

export const statuses = {
  made: "made",
  refused: "refused",
  invalid: "invalid",
  failed: "failed",
  unanswered: "no answer kept"
} as const

/** Why a call waited, by the name that the manifest has for it. */
export const waits: Readonly<Record<string, { readonly label: string; readonly text: string }>> = {
  backoff: { label: "back-off", text: "back-off before a retry" },
  provider: { label: "told to wait", text: "the provider said when to come back" },
  circuit: { label: "circuit", text: "the circuit was open" },
  pacing: { label: "pace", text: "its turn under the rate limit" },
  hint: { label: "told others", text: "another call was told to wait" },
  other: { label: "wait", text: "another wait" }
}

const known = (why: string | undefined): string => why !== undefined && Object.hasOwn(waits, why) ? why : "other"

export const waitKind = known

export const waitOf = (why: string | undefined) => waits[known(why)] ?? { label: "wait", text: "another wait" }

/** A wire name as words. */
export const reason = (wireName: string): string => wireName.replaceAll("_", " ")

/** `2026-11-22 19:47:05 UTC`: the same for everyone that a report is sent to. */
export const instant = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19).replace("T", " ")} UTC`

export const count = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 0 })
