/** A batch in numbers, for its report. */
import type { Content, Row } from "./read.ts"

export interface Totals {
  readonly prompts: number
  readonly made: number
  readonly images: number
  readonly refused: number
  readonly invalid: number
  readonly failed: number
  /** Prompts that may have been sent, with no answer kept. */
  readonly unanswered: number
  /** Lines of the manifest that could not be read. */
  readonly unreadable: number
  readonly attempts: number
  readonly waits: number
  readonly waitedMillis: number
  readonly spentUsd: number
  /** Made prompts whose cost is not known. */
  readonly unpriced: number
  readonly ambiguousAttempts: number
  readonly possibleExtraUsd: number
  /** Epoch milliseconds of the first start and the last end, where the manifest has times. */
  readonly startedAt?: number
  readonly endedAt?: number
}

export interface ModelCost {
  readonly provider: string
  readonly model: string
  readonly made: number
  readonly images: number
  readonly usd: number
  readonly bases: ReadonlyArray<string>
  readonly pricesAsOf: ReadonlyArray<string>
  readonly unpriced: number
  readonly ambiguousAttempts: number
  readonly possibleExtraUsd: number
}

export interface Met {
  readonly reason: string
  readonly rule: string
  readonly count: number
  readonly billed: number
}

export const files = (row: Row): ReadonlyArray<string> => row.files ?? (row.file === undefined ? [] : [row.file])

const sum = (rows: ReadonlyArray<Row>, of: (row: Row) => number | undefined): number => rows.reduce((total, row) => total + (of(row) ?? 0), 0)

/** Without the dust of binary fractions. */
const dollars = (rows: ReadonlyArray<Row>, of: (row: Row) => number | undefined): number => Math.round(sum(rows, of) * 1e9) / 1e9

const countOf = (rows: ReadonlyArray<Row>, status: Row["status"]): number => rows.filter((row) => row.status === status).length

const money = (rows: ReadonlyArray<Row>) => ({
  unpriced: rows.filter((row) => row.status === "made" && row.cost === undefined).length,
  ambiguousAttempts: sum(rows, (row) => row.ambiguousAttempts),
  possibleExtraUsd: dollars(rows, (row) => row.possibleExtraUsd)
})

/** From the first to the last time that a row knows of. */
const span = (rows: ReadonlyArray<Row>) => {
  let startedAt = Infinity
  let endedAt = -Infinity
  for (const row of rows) {
    for (const at of [row.startedAt, row.endedAt, row.timeline?.[0]?.at, row.timeline?.at(-1)?.at]) {
      if (at === undefined) continue
      startedAt = Math.min(startedAt, at)
      endedAt = Math.max(endedAt, at)
    }
  }
  return startedAt <= endedAt ? { startedAt, endedAt } : {}
}

export const totals = ({ rows, unanswered, unreadable }: Content): Totals => ({
  prompts: new Set([...rows, ...unanswered].map(({ id }) => id)).size,
  made: countOf(rows, "made"),
  images: sum(rows, (row) => files(row).length),
  refused: countOf(rows, "refused"),
  invalid: countOf(rows, "invalid"),
  failed: countOf(rows, "failed"),
  unanswered: unanswered.length,
  unreadable: unreadable.length,
  attempts: sum(rows, (row) => row.attempts) + unanswered.reduce((total, { attempts }) => total + attempts, 0),
  waits: sum(rows, (row) => row.waits),
  waitedMillis: sum(rows, (row) => row.waitedMillis),
  spentUsd: dollars(rows, (row) => row.cost?.usd),
  ...money(rows),
  ...span(rows)
})

const distinct = (values: ReadonlyArray<string | undefined>): ReadonlyArray<string> =>
  [...new Set(values.filter((value) => value !== undefined))].sort()

/** Models in the order of what they cost. */
export const costs = (rows: ReadonlyArray<Row>): ReadonlyArray<ModelCost> => {
  const groups = Map.groupBy(rows, ({ model, provider }) => JSON.stringify([provider, model]))
  return [...groups.values()].map((group): ModelCost => ({
    provider: group[0]?.provider ?? "unknown",
    model: group[0]?.model ?? "unknown",
    made: countOf(group, "made"),
    images: sum(group, (row) => files(row).length),
    usd: dollars(group, (row) => row.cost?.usd),
    bases: distinct(group.map(({ cost }) => cost?.basis)),
    pricesAsOf: distinct(group.map(({ cost }) => cost?.pricesAsOf)),
    ...money(group)
  })).sort((left, right) => right.usd - left.usd)
}

/** The failures on the way, also of prompts that were made in the end. */
export const met = (rows: ReadonlyArray<Row>): ReadonlyArray<Met> => {
  const failures = rows.flatMap(({ timeline }) => timeline ?? []).filter(({ event }) => event === "failed")
  const groups = Map.groupBy(failures, ({ reason, rule }) => JSON.stringify([reason, rule]))
  return [...groups.values()].map((group): Met => ({
    reason: group[0]?.reason ?? "unknown",
    rule: group[0]?.rule ?? "",
    count: group.length,
    billed: group.filter(({ mayBeBilled }) => mayBeBilled === true).length
  })).sort((left, right) => right.count - left.count)
}
