/** What happened to each prompt, as stretches and points of time. */
import type { Moment, Row, Unanswered } from "./read.ts"

export interface Stretch {
  readonly kind: "attempt" | "wait"
  readonly from: number
  readonly to: number
  readonly why?: string
}

export interface Lane {
  readonly id: string
  readonly prompt: string
  readonly status: Row["status"] | "unanswered"
  readonly from: number
  readonly to: number
  readonly stretches: ReadonlyArray<Stretch>
  readonly failures: ReadonlyArray<Moment>
  readonly moments: ReadonlyArray<Moment>
}

/** Lanes without a long silence between them; a batch that was resumed has several, each with an axis of its own. */
export interface Run {
  readonly from: number
  readonly to: number
  readonly lanes: ReadonlyArray<Lane>
}

const silenceMillis = 10 * 60_000

const stretches = (moments: ReadonlyArray<Moment>, to: number): ReadonlyArray<Stretch> =>
  moments.flatMap(({ at, event, millis, why }, index): ReadonlyArray<Stretch> => {
    const later = moments.slice(index + 1)
    if (event === "sent") return [{ kind: "attempt", from: at, to: later.find(({ event }) => event !== "waiting")?.at ?? to }]
    if (event !== "waiting") return []
    const end = Math.min(at + (millis ?? 0), later.find(({ event }) => event === "sent")?.at ?? to)
    return [{ kind: "wait", from: at, to: Math.max(at, end), why: why ?? "" }]
  })

export const ofRow = (row: Row): Lane | undefined => {
  const moments = [...row.timeline ?? []].sort((left, right) => left.at - right.at)
  const from = Math.min(row.startedAt ?? Infinity, moments[0]?.at ?? Infinity, row.endedAt ?? Infinity)
  if (!Number.isFinite(from)) return undefined
  const last = moments.at(-1)
  const to = row.endedAt === undefined ? Math.max(from, (last?.at ?? from) + (last?.millis ?? 0)) : Math.max(row.endedAt, last?.at ?? from)
  const failures = moments.filter(({ event }) => event === "failed")
  return { id: row.id, prompt: row.prompt, status: row.status, from, to, moments, failures, stretches: stretches(moments, to) }
}

export const ofUnanswered = ({ id, prompt, sentAt }: Unanswered): Lane | undefined =>
  sentAt === undefined ? undefined : {
    id,
    prompt: prompt ?? "",
    status: "unanswered",
    from: sentAt,
    to: sentAt,
    moments: [{ at: sentAt, event: "sent" }],
    failures: [],
    stretches: [{ kind: "attempt", from: sentAt, to: sentAt }]
  }

export const runs = (lanes: ReadonlyArray<Lane>): ReadonlyArray<Run> => {
  const out: Array<{ from: number; to: number; lanes: Array<Lane> }> = []
  for (const lane of [...lanes].sort((left, right) => left.from - right.from)) {
    const run = out.at(-1)
    if (run === undefined || lane.from > run.to + silenceMillis) out.push({ from: lane.from, to: lane.to, lanes: [lane] })
    else {
      run.lanes.push(lane)
      run.to = Math.max(run.to, lane.to)
    }
  }
  return out
}
