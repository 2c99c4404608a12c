/** The line at the foot of a terminal while a batch runs. */
import { duration, usd } from "./format.ts"
import type { Ui } from "./Ui.ts"

export interface Progress {
  readonly total: number
  readonly startedAt: number
  /** Done with before this run began. */
  readonly kept: number
  made: number
  refused: number
  failed: number
  retried: number
  /** Who waits, until when (epoch milliseconds), and why. */
  readonly waiting: Map<string, { readonly until: number; readonly why: string }>
}

export const make = (total: number, kept: number, startedAt: number): Progress => ({
  total,
  kept,
  startedAt,
  made: 0,
  refused: 0,
  failed: 0,
  retried: 0,
  waiting: new Map()
})

const width = 20

const bar = (share: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return "█".repeat(full) + "░".repeat(width - full)
}

export const line = (paint: Ui["Service"]["paint"], progress: Progress, spentUsd: number, now: number): string => {
  const { failed, kept, made, refused, retried, startedAt, total, waiting } = progress
  const done = made + refused + failed
  const left = total - kept - done
  const waits = [...waiting.values()].filter(({ until }) => until > now).sort((a, b) => a.until - b.until)
  const [next] = waits
  const rest = done === 0 ? undefined : (now - startedAt) / done * left
  return [
    `${paint("green", bar((kept + done) / total))} ${kept + made}/${total} made`,
    ...(next === undefined ? [] : [paint("cyan", `${waits.length} waiting (${duration(next.until - now)}, ${next.why})`)]),
    ...(retried === 0 ? [] : [`${retried} retried`]),
    ...(refused === 0 ? [] : [paint("yellow", `${refused} refused`)]),
    ...(failed === 0 ? [] : [paint("red", `${failed} failed`)]),
    usd(spentUsd),
    ...(rest === undefined || left === 0 ? [] : [`${duration(rest)} left`])
  ].join(paint("dim", " · "))
}
