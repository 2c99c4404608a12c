import * as Effect from "effect/Effect"
import { Argument, Command, Flag } from "effect/cli"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { Events, ImageModel } from "fixative"
import * as narrate from "../batch/narrate.ts"
import * as Client from "../Client.ts"
import * as ErrorReport from "../ErrorReport.ts"
import { failed, usage } from "../Failure.ts"
import * as ImageFile from "../ImageFile.ts"
import { plural, usd } from "../ui/format.ts"
import * as Ui from "../ui/Ui.ts"

/** A stem that no file of the folder has yet: `a-fox`, `a-fox-2`, ... */
const freeStem = (directory: string, stem: string, images: ReadonlyArray<ImageModel.Image>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    for (let round = 1;; round++) {
      const candidate = round === 1 ? stem : `${stem}-v${round}`
      const taken = yield* Effect.forEach(images, (image, index) => fs.exists(path.join(directory, ImageFile.name(candidate, image, index))))
      if (!taken.includes(true)) return candidate
    }
  })

const store = (directory: string, prompt: string, result: ImageModel.GenerateResult) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* fs.makeDirectory(directory, { recursive: true })
    const stem = yield* freeStem(directory, ImageFile.slug(prompt), result.images)
    return yield* Effect.forEach(result.images, (image, index) => {
      const file = ImageFile.name(stem, image, index)
      return Effect.as(ImageFile.write(directory, file, image.bytes), path.join(directory, file))
    })
  })

const once = (request: ImageModel.GenerateRequest, directory: string) =>
  Effect.gen(function*() {
    const images = yield* ImageModel.ImageModel
    const ui = yield* Ui.Ui
    const narrator = narrate.narrator(ui.paint, { id: "  " })
    const sink: Events.Handler = (event) => {
      const line = narrator(event)
      return line === undefined ? Effect.void : ui.say(line)
    }
    const outcome = yield* Effect.result(images.generate(request)).pipe(Effect.provideService(Events.Sink, sink))
    if (outcome._tag === "Failure") {
      const report = ErrorReport.of(outcome.failure)
      yield* ui.data({ error: report })
      return yield* failed(`${report.message}\n${report.remedy}`)
    }
    const result = outcome.success
    const files = yield* store(directory, request.prompt, result).pipe(
      Effect.mapError((error) => failed(`The image was made and paid for, and cannot be written to ${directory}: ${error.message}`))
    )
    const [first] = result.images
    const cost = result.cost === undefined ? "price unknown" : usd(result.cost.usd)
    for (const file of files) yield* ui.say(`${ui.paint("green", "made")}  ${file}`)
    yield* ui.say(ui.paint("dim", `${first.width ?? "?"}x${first.height ?? "?"} ${first.mediaType}, ${plural(result.attempts, "attempt")}, ${cost}`))
    for (const { message } of result.warnings) yield* ui.say(`${ui.paint("yellow", "note")}  ${message}`)
    yield* ui.data({
      files,
      provider: result.provider,
      model: result.model,
      width: first.width,
      height: first.height,
      mediaType: first.mediaType,
      revisedPrompt: first.revisedPrompt,
      attempts: result.attempts,
      ambiguousAttempts: result.ambiguousAttempts,
      cost: result.cost,
      usage: result.usage,
      requestId: result.requestId,
      warnings: result.warnings
    })
  })

export const generate = Command.make("generate", {
  prompt: Argument.String("prompt").pipe(Argument.withDescription("What the picture shows")),
  n: Flag.Int("count").pipe(Flag.withAlias("n"), Flag.withDescription("Images, 1 to 10"), Flag.withDefault(1)),
  out: Client.flags.out.pipe(Flag.withDefault(".")),
  model: Client.flags.model,
  size: Client.flags.size,
  quality: Client.flags.quality,
  format: Client.flags.format,
  baseUrl: Client.flags.baseUrl,
  retries: Client.flags.retries,
  timeout: Client.flags.timeout,
  json: Client.flags.json
}, Effect.fn(function*(flags) {
  if (flags.n < 1 || flags.n > 10) return yield* usage(`-n must be an integer from 1 to 10, got ${flags.n}`)
  yield* once({
    prompt: flags.prompt,
    n: flags.n,
    size: Option.getOrUndefined(flags.size),
    quality: Option.getOrUndefined(flags.quality),
    format: Option.getOrUndefined(flags.format)
  }, flags.out).pipe(
    Effect.provide(Client.layer({ ...flags, ambiguous: "fail", imagesPerMinute: Option.none(), deadline: "15 minutes" })),
    Effect.provide(Ui.layer(flags.json))
  )
})).pipe(
  Command.withDescription("Makes images from one prompt. A request that may have been billed is never sent twice."),
  Command.withExamples([
    { command: "fixative generate \"a lighthouse in fog, gouache\" --out pictures" },
    { command: "fixative generate \"a red fox\" -n 2 --size 1536x1024 --quality low --format webp --json" }
  ])
)
