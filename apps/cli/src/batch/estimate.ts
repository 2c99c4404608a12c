/** What a run will send, cost and take, before anything is sent. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { Prices } from "fixative"
import { usage } from "../Failure.ts"
import { duration, plural, usd } from "../ui/format.ts"
import { table } from "../ui/table.ts"
import * as History from "./History.ts"
import type { Item } from "./Input.ts"
import type * as Manifest from "./Manifest.ts"
import * as Plan from "./Plan.ts"

export interface Share {
  readonly model: string
  readonly prompts: number
  readonly images: number
  /** US dollars of the images that have a printed price. */
  readonly usd: number
  /** Images without one. */
  readonly unpricedImages: number
  /** At the limit that was given; `null` without one. */
  readonly minutes: number | null
}

export interface Estimate {
  readonly shares: ReadonlyArray<Share>
  readonly images: number
  /** Of what has a price. */
  readonly usd: number
  readonly unpricedImages: number
  readonly pricesAsOf: string
  /** Prompts that an earlier run in the folder is done with. */
  readonly kept: number
}

export const of = (steps: ReadonlyArray<Plan.Step>, imagesPerMinute: number | undefined): Estimate => {
  const tasks = steps.flatMap((step) => step._tag === "Make" ? [step.task] : [])
  const models = [...new Set(tasks.map(({ model }) => model))]
  const shares = models.map((model): Share => {
    const own = tasks.filter((task) => task.model === model)
    const images = own.reduce((sum, { request }) => sum + (request.n ?? 1), 0)
    const prices = own.map((task) => Prices.estimate("openai", model, task.request)?.usd)
    return {
      model,
      prompts: own.length,
      images,
      usd: prices.reduce((sum: number, price) => sum + (price ?? 0), 0),
      unpricedImages: own.reduce((sum, { request }, index) => sum + (prices[index] === undefined ? request.n ?? 1 : 0), 0),
      minutes: imagesPerMinute === undefined ? null : images / imagesPerMinute
    }
  })
  return {
    shares,
    images: shares.reduce((sum, share) => sum + share.images, 0),
    usd: shares.reduce((sum, share) => sum + share.usd, 0),
    unpricedImages: shares.reduce((sum, share) => sum + share.unpricedImages, 0),
    pricesAsOf: Prices.asOf,
    kept: steps.filter(({ _tag }) => _tag === "Keep" || _tag === "Recover").length
  }
}

export const lines = (estimate: Estimate): ReadonlyArray<string> => [
  ...table([
    ["model", "prompts", "images", "dollars", "at the limit"],
    ...estimate.shares.map(({ images, minutes, model, prompts, unpricedImages, usd: dollars }) => [
      model,
      String(prompts),
      String(images),
      unpricedImages === images ? "unknown" : usd(dollars) + (unpricedImages === 0 ? "" : ` and ${unpricedImages} unknown`),
      minutes === null ? "no --images-per-minute" : duration(minutes * 60_000)
    ])
  ], ["left", "right", "right", "right", "right"]),
  `${plural(estimate.images, "image")}, up to ${usd(estimate.usd)} (prices of ${estimate.pricesAsOf})` +
  (estimate.unpricedImages === 0 ? "" : `, and ${plural(estimate.unpricedImages, "image")} of unknown price`) +
  (estimate.kept === 0 ? "" : `; ${plural(estimate.kept, "prompt")} done in an earlier run`)
]

/** The steps of a run in this folder, which need not be there yet. Nothing is written. */
export const steps = (items: ReadonlyArray<Item>, defaults: Manifest.Options, directory: string, ambiguous: "retry" | "park") =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    yield* Path.Path
    const isThere = yield* fs.exists(directory)
    const history = isThere ? yield* History.load(directory) : History.empty
    const onDisk = new Set(isThere ? yield* fs.readDirectory(directory) : [])
    return Plan.tasks(items, defaults, history).map((task) => Plan.step(task, onDisk, ambiguous))
  }).pipe(Effect.mapError((error) => usage(`Cannot read the folder ${directory}: ${error.message}`)))
