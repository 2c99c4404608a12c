/** The manifest rows of a prompt that is done with. */
import { type ImageModel, Prices } from "fixative"
import * as ErrorReport from "../ErrorReport.ts"
import type * as History from "./History.ts"
import type { BadRow } from "./Input.ts"
import type * as Manifest from "./Manifest.ts"
import type { Task } from "./Plan.ts"
import type { Tally } from "./Tally.ts"

const statusOf = ({ reason }: ErrorReport.ErrorReport): Manifest.Row["status"] => {
  if (reason.startsWith("content_policy")) return "refused"
  return reason === "invalid_request" ? "invalid" : "failed"
}

/** Attempts of earlier runs, and those of them that may have been billed for nothing. */
export const before = (past: History.Past | undefined): { readonly attempts: number; readonly ambiguous: number } =>
  past === undefined ? { attempts: 0, ambiguous: 0 } : {
    attempts: (past.row?.attempts ?? 0) + past.attempts,
    ambiguous: (past.row?.ambiguousAttempts ?? 0) + past.ambiguous + past.unanswered
  }

/** What attempts that made nothing cost, if they were billed: as much as the one that did, else the printed price. */
const extra = (task: Task, provider: string, ambiguous: number, cost: Prices.Cost | undefined) => {
  if (ambiguous === 0) return {}
  const each = cost?.usd ?? Prices.estimate(provider, task.model, task.request)?.usd
  return { ambiguousAttempts: ambiguous, ...(each === undefined ? {} : { possibleExtraUsd: each * ambiguous }) }
}

const optionsOf = ({ model, request }: Task): Manifest.Options => {
  const { background, compression, format, n, quality, size } = request
  return {
    model,
    ...(n === undefined ? {} : { n }),
    ...(size === undefined ? {} : { size }),
    ...(quality === undefined ? {} : { quality }),
    ...(format === undefined ? {} : { format }),
    ...(background === undefined ? {} : { background }),
    ...(compression === undefined ? {} : { compression })
  }
}

/** What images cost that an earlier run made and that are gone. */
const earlierUsd = ({ past }: Task): number => (past?.row?.cost?.usd ?? 0) + (past?.row?.earlierUsd ?? 0)

const shared = (task: Task, provider: string) => ({
  ...(earlierUsd(task) === 0 ? {} : { earlierUsd: earlierUsd(task) }),
  id: task.item.id,
  line: task.item.line,
  prompt: task.item.prompt,
  options: optionsOf(task),
  fingerprint: task.fingerprint,
  provider,
  model: task.model
})

const ran = (task: Task, tally: Tally, endedAt: number) => ({
  startedAt: tally.startedAt,
  endedAt,
  attempts: before(task.past).attempts + tally.attempts,
  waits: tally.waits,
  waitedMillis: tally.waitedMillis,
  ...(tally.moments.length === 0 ? {} : { timeline: tally.moments })
})

export const made = (task: Task, tally: Tally, result: ImageModel.GenerateResult, files: ReadonlyArray<string>, endedAt: number): Manifest.Row => {
  const [first] = result.images
  const [file = ""] = files
  return {
    ...shared(task, result.provider),
    status: "made",
    file,
    ...(files.length > 1 ? { files } : {}),
    ...ran(task, tally, endedAt),
    ...(result.cost === undefined ? {} : { cost: result.cost }),
    ...extra(task, result.provider, before(task.past).ambiguous + tally.ambiguous, result.cost),
    ...(result.requestId === undefined ? {} : { requestId: result.requestId }),
    ...(first.width === undefined ? {} : { width: first.width }),
    ...(first.height === undefined ? {} : { height: first.height }),
    mediaType: first.mediaType,
    ...(first.revisedPrompt === undefined ? {} : { revisedPrompt: first.revisedPrompt }),
    ...(result.warnings.length === 0 ? {} : { warnings: result.warnings.map(({ message }) => message) })
  }
}

export const unmade = (task: Task, tally: Tally, provider: string, error: ImageModel.ImageError, endedAt: number): Manifest.Row => {
  const report = ErrorReport.of(error)
  return {
    ...shared(task, provider),
    status: statusOf(report),
    ...ran(task, tally, endedAt),
    ...extra(task, provider, before(task.past).ambiguous + tally.ambiguous, undefined),
    error: report
  }
}

const still = { waits: 0, waitedMillis: 0 }

/** The run that made the images was killed before it could say so. The last request is the one that made them. */
export const recovered = (task: Task, provider: string, files: ReadonlyArray<string>): Manifest.Row => {
  const [file = ""] = files
  const { ambiguous, attempts } = before(task.past)
  const cost = Prices.estimate(provider, task.model, task.request)
  return {
    ...shared(task, provider),
    status: "made",
    file,
    ...(files.length > 1 ? { files } : {}),
    attempts,
    ...still,
    ...(cost === undefined ? {} : { cost }),
    ...extra(task, provider, Math.max(0, ambiguous - 1), cost),
    warnings: ["found on disk: an earlier run made it and was ended before it wrote this row; the cost is an estimate"]
  }
}

/** An earlier run sent it and got no answer, and nobody allowed to send it again. */
export const parked = (task: Task, provider: string): Manifest.Row => {
  const { ambiguous, attempts } = before(task.past)
  return {
    ...shared(task, provider),
    status: "failed",
    attempts,
    ...still,
    ...extra(task, provider, ambiguous, undefined),
    error: {
      reason: "maybe_processed",
      rule: "fixative/parked",
      message: "an earlier run sent this request and was ended before the answer came",
      remedy: "It may have been made and billed: look at the provider's usage page. --ambiguous retry makes it all the same.",
      delivery: "MaybeProcessed"
    }
  }
}

/** A row of the input that cannot be read as a prompt. */
export const unreadable = ({ field, id, line, message }: BadRow): Manifest.Row => ({
  id,
  line,
  prompt: "",
  status: "invalid",
  provider: "",
  model: "",
  attempts: 0,
  ...still,
  error: {
    reason: "invalid_request",
    rule: `input/${field ?? "row"}`,
    message: `line ${line}: ${message}`,
    remedy: `Line ${line}: ${message}`,
    delivery: "NotSent"
  }
})
