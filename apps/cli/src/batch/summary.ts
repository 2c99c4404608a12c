/** A batch in numbers. */
import { plural, shorten, usd } from "../ui/format.ts"
import { table } from "../ui/table.ts"
import type { Ui } from "../ui/Ui.ts"
import type { Row } from "./Manifest.ts"
import type { Tally } from "./Tally.ts"

export interface Summary {
  readonly prompts: number
  readonly made: number
  readonly images: number
  readonly refused: number
  readonly invalid: number
  readonly failed: number
  readonly attempts: number
  readonly waits: number
  readonly waitedMillis: number
  /** US dollars of the attempts that made images, as far as their prices are known. */
  readonly spentUsd: number
  /** Made prompts whose cost is not known. */
  readonly unpriced: number
  readonly ambiguousAttempts: number
  /** US dollars that failed attempts may have cost on top. */
  readonly possibleExtraUsd: number
  /** Ids of requests that were out when the run ended: they may have been made and billed. */
  readonly unanswered: ReadonlyArray<string>
  /** Ids of images that were made and paid for, and could not be written. */
  readonly lost: ReadonlyArray<string>
  /** Ids of prompts of which a request may have been billed for nothing. */
  readonly possiblyBilledTwice: ReadonlyArray<string>
  /** How often each failure was met on the way, by wire name. */
  readonly met: Readonly<Record<string, number>>
}

const sum = (rows: ReadonlyArray<Row>, of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0)

const countOf = (rows: ReadonlyArray<Row>, status: Row["status"]): number => rows.filter((row) => row.status === status).length

/** A prompt that this run did not end, and its requests that may have been billed. */
export interface Open {
  readonly id: string
  readonly attempts: number
  readonly usd: number
}

export const of = (
  rows: ReadonlyArray<Row>,
  tallies: ReadonlyArray<Tally>,
  rest: Pick<Summary, "prompts" | "unanswered" | "lost">,
  open: ReadonlyArray<Open>
): Summary => {
  const met: Record<string, number> = {}
  for (const [reason, count] of tallies.flatMap((tally) => [...tally.met])) met[reason] = (met[reason] ?? 0) + count
  return {
    ...rest,
    made: countOf(rows, "made"),
    images: sum(rows, (row) => row.files?.length ?? (row.file === undefined ? 0 : 1)),
    refused: countOf(rows, "refused"),
    invalid: countOf(rows, "invalid"),
    failed: countOf(rows, "failed"),
    attempts: sum(rows, (row) => row.attempts),
    waits: sum(rows, (row) => row.waits),
    waitedMillis: sum(rows, (row) => row.waitedMillis),
    spentUsd: sum(rows, (row) => (row.cost?.usd ?? 0) + (row.earlierUsd ?? 0)),
    unpriced: rows.filter((row) => row.status === "made" && row.cost === undefined).length,
    ambiguousAttempts: sum(rows, (row) => row.ambiguousAttempts ?? 0) + open.reduce((total, { attempts }) => total + attempts, 0),
    possibleExtraUsd: sum(rows, (row) => row.possibleExtraUsd ?? 0) + open.reduce((total, { usd: dollars }) => total + dollars, 0),
    possiblyBilledTwice: [...rows.filter((row) => (row.ambiguousAttempts ?? 0) > 0), ...open].map(({ id }) => id),
    met
  }
}

/** At most 20 ids: `0003, 0007 and 12 more`. */
const ids = (all: ReadonlyArray<string>): string => `${all.slice(0, 20).join(", ")}${all.length > 20 ? ` and ${all.length - 20} more` : ""}`

const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)} s`

/** The table that a batch ends with. */
export const lines = (paint: Ui["Service"]["paint"], summary: Summary, rows: ReadonlyArray<Row>, elapsedMillis: number): ReadonlyArray<string> => {
  const met = Object.entries(summary.met).sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason.replaceAll("_", " ")} ${count}`).join(", ")
  const spent = usd(summary.spentUsd) + (summary.unpriced === 0 ? "" : ` and ${plural(summary.unpriced, "prompt")} of unknown price`)
  const extra = summary.ambiguousAttempts === 0
    ? "none"
    : `up to ${usd(summary.possibleExtraUsd)}, ${plural(summary.ambiguousAttempts, "attempt")} that may have been billed for nothing`
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["made", paint("green", `${summary.made} of ${plural(summary.prompts, "prompt")}, ${plural(summary.images, "image")}`)],
    ["refused", String(summary.refused)],
    ["invalid", String(summary.invalid)],
    ["failed", String(summary.failed)],
    ["attempts", `${summary.attempts} requests`],
    ["faults met", met === "" ? "none" : met],
    ["waits", `${summary.waits}, ${seconds(summary.waitedMillis)} over all prompts`],
    ["spent", spent],
    ["possible double cost", extra],
    ...(summary.possiblyBilledTwice.length === 0 ? [] : [["", ids(summary.possiblyBilledTwice)] as const]),
    ...(summary.unanswered.length === 0 ? [] : [["unanswered", `${ids(summary.unanswered)}: may have been made and billed`] as const]),
    ...(summary.lost.length === 0 ? [] : [["lost", paint("red", `${ids(summary.lost)}: made and paid for, and could not be written`)] as const]),
    ["time", seconds(elapsedMillis)]
  ]
  const unmade = rows.filter((row) => row.status !== "made")
  const why = unmade.map((row) => [row.id, row.status, row.error?.reason ?? "", shorten(row.prompt, 48)])
  return [
    "",
    ...table(facts.map(([name, value]) => [paint("bold", name), value])),
    ...(why.length === 0 ? [] : ["", ...table([["not made", "", "reason", "prompt"].map((name) => paint("dim", name)), ...why])])
  ]
}
