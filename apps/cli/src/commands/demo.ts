/**
 * The main job, as `npm start` runs it: example prompts become images on disk, through the whole stack and a provider that
 * misbehaves. Nothing is spent unless `--live` is given and the estimate agreed to.
 */
import { Emulator, Journal } from "@fixative/emulator"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Command, Flag, Prompt } from "effect/cli"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { Breaker, ImageModel, OpenAi, Prices } from "fixative"
import { randomBytes } from "node:crypto"
import * as Input from "../batch/Input.ts"
import { type Job, type Models, run } from "../batch/run.ts"
import * as Client from "../Client.ts"
import { failed, usage } from "../Failure.ts"
import { plural, usd } from "../ui/format.ts"
import * as Ui from "../ui/Ui.ts"

const marker = ".written-by-fixative-demo"

/** `out`, or the first of `out-2`, `out-3`, ... that this command may write: only its own folders are emptied. */
const emptyFolder = (wanted: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    for (let round = 1; round <= 100; round++) {
      const directory = round === 1 ? wanted : `${wanted}-${round}`
      const isThere = yield* fs.exists(directory)
      const isOurs = isThere && (yield* fs.exists(path.join(directory, marker)))
      const isEmpty = isThere && !isOurs && (yield* fs.readDirectory(directory).pipe(Effect.orElseSucceed(() => ["not a folder"]))).length === 0
      if (isThere && !isOurs && !isEmpty) continue
      if (isOurs) yield* fs.remove(directory, { recursive: true })
      yield* fs.makeDirectory(directory, { recursive: true })
      yield* fs.writeFileString(path.join(directory, marker), "`npm start` empties this folder, because this file is in it.\n")
      return directory
    }
    return yield* usage(`${wanted} to ${wanted}-100 hold files of yours: choose another --out`)
  }).pipe(Effect.catchTag("PlatformError", (error) => Effect.fail(failed(`Cannot write to ${wanted}: ${error.message}`))))

/** Under this seed the example prompts meet every kind of fault that passes: a storm that leaves nothing out. */
const seed = 16104

const request = { model: Client.defaultModel, size: "1024x1024", quality: "low" } as const

const settings = {
  model: Client.defaultModel,
  baseUrl: Option.none<string>(),
  retries: 6,
  ambiguous: "retry",
  imagesPerMinute: Option.none<number>(),
  deadline: "10 minutes"
} as const

/**
 * Policies at the emulator's pace: it answers within a quarter of a second, so a second and a half without an answer is a stall, and
 * its outage lasts two seconds.
 */
const quick = {
  timeout: Option.some(1.5),
  backoff: { base: "250 millis", cap: "1.5 seconds" },
  breaker: { ...Breaker.recommended, openDuration: Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("2 seconds")]) }
} as const

/** The one model of a demo, in the scope of its run. */
const modelIn = <E, R>(layer: Layer.Layer<ImageModel.ImageModel, E, R>) =>
  Effect.map(Layer.build(layer), (context): Models => () => Effect.succeed(Context.get(context, ImageModel.ImageModel)))

/** Against the emulator, whatever keys are set: the key of the run is made for it. */
const emulated = (job: Job) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const ui = yield* Ui.Ui
    const emulator = yield* Emulator.Emulator
    yield* ui.say(ui.paint("bold", `${plural(job.items.length, "prompt")} to images in ${job.directory}/, through an emulated provider in stormy weather.`))
    yield* ui.say(ui.paint("dim", `The provider is the embedded emulator at ${emulator.url}: its faults are meant, and nothing is spent. Dollars are what OpenAI would charge.`))
    yield* ui.say("")
    const apiKey = Redacted.make(`sk-emulated-${randomBytes(18).toString("base64url")}`)
    const provider = OpenAi.layer({ model: settings.model, apiKey, baseUrl: `${emulator.url}/v1` })
    const models = yield* modelIn(Client.compose(provider, { ...settings, ...quick }))
    const summary = yield* run(job, models)
    const entries = yield* emulator.journal
    const journal = path.join(job.directory, "journal.jsonl")
    yield* fs.writeFileString(journal, entries.map((entry) => `${JSON.stringify(entry)}\n`).join("")).pipe(
      Effect.mapError((error) => failed(`Cannot write ${journal}: ${error.message}`))
    )
    const { billedUsd, early, lostImages } = Journal.summary(entries)
    yield* ui.say("")
    yield* ui.say(`The provider's own journal: ${plural(entries.length, "request")}, ${early} before its announced time, ` +
      `${plural(lostImages, "image")} billed that never arrived, ${usd(billedUsd)} in all.`)
    yield* ui.say(ui.paint("dim", `Images, manifest.jsonl and journal.jsonl are in ${job.directory}/`))
    return summary
  }).pipe(
    Effect.provide(Emulator.layer({ scenario: "stormy", seed })),
    Effect.catchTag("EmulatorError", (error) => Effect.fail(failed(error.message)))
  )

const agree = (job: Omit<Job, "directory">, isYes: boolean) =>
  Effect.gen(function*() {
    const ui = yield* Ui.Ui
    const images = job.items.length
    const estimate = Prices.estimate("openai", settings.model, { ...request, n: images })
    const price = estimate === undefined ? "an unknown price" : `about ${usd(estimate.usd)} (prices of ${estimate.pricesAsOf})`
    yield* ui.say(`Live: ${plural(images, "image")} of ${settings.model}, ${request.size}, quality ${request.quality}: ${price}.`)
    yield* ui.say("A request that may have been billed although it failed is sent again once, and counted.")
    if (isYes) return
    if (process.stdin.isTTY !== true) return yield* usage("Pass --yes to agree to this estimate without a terminal.")
    if (!(yield* Prompt.run(Prompt.Confirm({ message: "Send and pay?", initial: false })))) return yield* failed("Nothing was sent.")
  })

/** The example prompts: beside the built command, or in the repository. */
const examples = [new URL("../prompts.txt", import.meta.url), new URL("../../../../examples/prompts.txt", import.meta.url)]

const findExamples = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const files = yield* Effect.forEach(examples, (url) => Effect.orDie(path.fromFileUrl(url)))
  for (const file of files) {
    if (yield* Effect.orElseSucceed(fs.exists(file), () => false)) return file
  }
  return yield* failed("The example prompts are not there: is the installation complete?")
})

export const demo = Command.make("demo", {
  live: Flag.Boolean("live").pipe(Flag.withDescription("Call the provider whose key is set, after showing the estimate"), Flag.withDefault(false)),
  yes: Flag.Boolean("yes").pipe(Flag.withDescription("Agree to the estimate of --live"), Flag.withDefault(false)),
  out: Client.flags.out.pipe(Flag.withDefault("out")),
  json: Client.flags.json
}, Effect.fn(function*(flags) {
  const { bad, items } = yield* Input.read(yield* findExamples, "text")
  const program = Effect.gen(function*() {
    const plan = { items, bad, concurrency: 5, defaults: request, ambiguous: "retry", grace: Duration.seconds(30), isVerbose: false } as const
    // Nothing of an earlier run goes before the new one is agreed to and can begin.
    const begin = Effect.map(emptyFolder(flags.out), (directory): Job => ({ ...plan, directory }))
    if (!flags.live) return yield* Effect.flatMap(begin, emulated)
    yield* agree(plan, flags.yes)
    const models = yield* modelIn(Client.layer({ ...settings, timeout: Option.none() }))
    return yield* Effect.flatMap(begin, (job) => run(job, models))
  })
  const summary = yield* Effect.provide(Effect.scoped(program), Ui.layer(flags.json))
  if (summary.failed > 0) return yield* failed()
})).pipe(
  Command.withDescription("Runs the example prompts through an emulated provider in stormy weather (this is `npm start`)."),
  Command.withExamples([
    { command: "fixative demo --out out" },
    { command: "fixative demo --live", description: "The real provider; shows the estimate and asks" }
  ])
)
