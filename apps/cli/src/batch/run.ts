/**
 * Runs a batch: every prompt through the composed layer, each image on disk as soon as it is there, a manifest row for
 * each prompt. A prompt that cannot be made does not stop the rest; a disk that cannot be written to does.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { Events, ImageModel, Prices } from "fixative"
import * as ErrorReport from "../ErrorReport.ts"
import { type CommandFailed, failed, usage } from "../Failure.ts"
import * as ImageFile from "../ImageFile.ts"
import { Ui } from "../ui/Ui.ts"
import type { Item } from "./Input.ts"
import * as Manifest from "./Manifest.ts"
import * as narrate from "./narrate.ts"
import * as Summary from "./summary.ts"
import * as Tally from "./Tally.ts"

export interface Job {
  readonly items: ReadonlyArray<Item>
  readonly directory: string
  readonly concurrency: number
  /** What every prompt is asked with. */
  readonly request: Omit<ImageModel.GenerateRequest, "prompt">
}

const statusOf = ({ reason }: ErrorReport.ErrorReport): Manifest.Row["status"] => {
  if (reason.startsWith("content_policy")) return "refused"
  return reason === "invalid_request" ? "invalid" : "failed"
}

/** What an attempt costs that made nothing, if it was billed: as much as the one that did, else the printed price. */
const extraCost = (model: ImageModel.Model, job: Job, tally: Tally.Tally, cost: Prices.Cost | undefined) => {
  if (tally.ambiguous === 0) return {}
  const each = cost?.usd ?? Prices.estimate(model.provider, model.model, job.request)?.usd
  return { ambiguousAttempts: tally.ambiguous, ...(each === undefined ? {} : { possibleExtraUsd: each * tally.ambiguous }) }
}

const storeImages = (job: Job, item: Item, result: ImageModel.GenerateResult) =>
  Effect.forEach(result.images, (image, index) => {
    const file = ImageFile.name(`${item.id}-${ImageFile.slug(item.prompt)}`, image, index)
    return Effect.as(ImageFile.write(job.directory, file, image.bytes), file)
  })

const shared = (item: Item, model: ImageModel.Model, tally: Tally.Tally) => ({
  id: item.id,
  line: item.line,
  prompt: item.prompt,
  provider: model.provider,
  model: model.model,
  attempts: tally.attempts,
  waits: tally.waits,
  waitedMillis: tally.waitedMillis
})

const madeRow = (job: Job, item: Item, model: ImageModel.Model, tally: Tally.Tally, result: ImageModel.GenerateResult, files: ReadonlyArray<string>): Manifest.Row => {
  const [first] = result.images
  const [file = ""] = files
  return {
    ...shared(item, { ...model, provider: result.provider, model: result.model }, tally),
    status: "made",
    file,
    ...(files.length > 1 ? { files } : {}),
    ...(result.cost === undefined ? {} : { cost: result.cost }),
    ...extraCost(model, job, tally, result.cost),
    ...(result.requestId === undefined ? {} : { requestId: result.requestId }),
    ...(first.width === undefined ? {} : { width: first.width }),
    ...(first.height === undefined ? {} : { height: first.height }),
    mediaType: first.mediaType,
    ...(first.revisedPrompt === undefined ? {} : { revisedPrompt: first.revisedPrompt }),
    ...(result.warnings.length === 0 ? {} : { warnings: result.warnings.map(({ message }) => message) })
  }
}

const unmadeRow = (job: Job, item: Item, model: ImageModel.Model, tally: Tally.Tally, error: ImageModel.ImageError): Manifest.Row => {
  const report = ErrorReport.of(error)
  return { ...shared(item, model, tally), status: statusOf(report), ...extraCost(model, job, tally, undefined), error: report }
}

const cannotWrite = (job: Job) => Effect.mapError((error: { readonly message: string }) => failed(`Cannot write to ${job.directory}: ${error.message}`))

const runItem = (job: Job, manifest: Manifest.Manifest) => (item: Item) =>
  Effect.gen(function*() {
    const model = yield* ImageModel.ImageModel
    const ui = yield* Ui
    const tally = Tally.make()
    const narrator = narrate.narrator(ui.paint, item)
    const sink: Events.Handler = (event) => {
      Tally.add(tally, event)
      const line = narrator(event)
      return line === undefined ? Effect.void : ui.say(line)
    }
    const outcome = yield* Effect.result(model.generate({ ...job.request, prompt: item.prompt })).pipe(
      Effect.provideService(Events.Sink, sink)
    )
    const row = outcome._tag === "Failure"
      ? unmadeRow(job, item, model, tally, outcome.failure)
      : yield* Effect.map(storeImages(job, item, outcome.success), (files) => madeRow(job, item, model, tally, outcome.success, files))
    yield* manifest.append(row)
    yield* ui.say(narrate.row(ui.paint, row))
    yield* ui.data(row)
    return { row, tally }
  }).pipe(Effect.catchTag("PlatformError", (error) => cannotWrite(job)(Effect.fail(error))))

/** Makes the folder, and refuses one that holds another batch: nothing is overwritten. */
const openDirectory = (job: Job) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* fs.makeDirectory(job.directory, { recursive: true }).pipe(
      Effect.mapError((error) => usage(`Cannot make the folder ${job.directory}: ${error.message}`))
    )
    const manifest = path.join(job.directory, Manifest.fileName)
    if (yield* cannotWrite(job)(fs.exists(manifest))) {
      return yield* usage(`${manifest} is there already: choose another --out, or remove that batch first.`)
    }
    return yield* cannotWrite(job)(Manifest.open(job.directory))
  })

/** Runs the job and says what came of it. */
export const run = (
  job: Job
): Effect.Effect<Summary.Summary, CommandFailed, ImageModel.ImageModel | Ui | FileSystem.FileSystem | Path.Path> =>
  Effect.scoped(Effect.gen(function*() {
    const ui = yield* Ui
    const started = yield* Clock.currentTimeMillis
    const manifest = yield* openDirectory(job)
    const done = yield* Effect.forEach(job.items, runItem(job, manifest), { concurrency: job.concurrency })
    const rows = done.map(({ row }) => row)
    yield* cannotWrite(job)(manifest.finish(rows))
    const summary = Summary.of(rows, done.map(({ tally }) => tally))
    for (const line of Summary.lines(ui.paint, summary, rows, (yield* Clock.currentTimeMillis) - started)) yield* ui.say(line)
    yield* ui.data({ summary })
    return summary
  }))
