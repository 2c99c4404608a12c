import * as Effect from "effect/Effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Option from "effect/Option"
import * as Input from "../batch/Input.ts"
import { run } from "../batch/run.ts"
import * as Client from "../Client.ts"
import { failed, usage } from "../Failure.ts"
import * as Ui from "../ui/Ui.ts"

export const batch = Command.make("batch", {
  file: Argument.String("file").pipe(Argument.withDescription("A text file, a prompt a line")),
  out: Client.flags.out.pipe(Flag.withDefault("images")),
  concurrency: Flag.Int("concurrency").pipe(Flag.withDescription("Prompts in hand at once, 1 to 64"), Flag.withDefault(4)),
  ambiguous: Flag.Literals("ambiguous", ["retry", "park"]).pipe(
    Flag.withDescription("When a request may have been billed although it failed: retry it (once a prompt; it may cost twice), or park it as failed"),
    Flag.withDefault("retry")
  ),
  imagesPerMinute: Flag.Int("images-per-minute").pipe(Flag.withDescription("The account's limit, if you know it"), Flag.optional),
  model: Client.flags.model,
  size: Client.flags.size,
  quality: Client.flags.quality,
  format: Client.flags.format,
  baseUrl: Client.flags.baseUrl,
  retries: Client.flags.retries,
  timeout: Client.flags.timeout,
  json: Client.flags.json
}, Effect.fn(function*(flags) {
  if (flags.concurrency < 1 || flags.concurrency > 64) return yield* usage(`--concurrency must be an integer from 1 to 64, got ${flags.concurrency}`)
  const items = yield* Input.read(flags.file)
  const summary = yield* run({
    items,
    directory: flags.out,
    concurrency: flags.concurrency,
    request: {
      size: Option.getOrUndefined(flags.size),
      quality: Option.getOrUndefined(flags.quality),
      format: Option.getOrUndefined(flags.format)
    }
  }).pipe(
    Effect.provide(Client.layer({ ...flags, ambiguous: flags.ambiguous === "retry" ? "retry" : "fail", deadline: "30 minutes" })),
    Effect.provide(Ui.layer(flags.json))
  )
  if (summary.made < summary.prompts) return yield* failed()
})).pipe(
  Command.withDescription("Turns a file of prompts into images. Exit code 0: all made; 1: some not, see manifest.jsonl; 2: wrong usage."),
  Command.withExamples([
    { command: "fixative batch prompts.txt --out images", description: "An image a line, and images/manifest.jsonl" },
    { command: "fixative batch prompts.txt --concurrency 8 --images-per-minute 50 --json", description: "A row of JSON a prompt, for scripts" }
  ])
)
