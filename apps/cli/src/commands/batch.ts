import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Argument, Command, Flag, Prompt } from "effect/cli"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { ImageModel } from "fixative"
import * as Estimate from "../batch/estimate.ts"
import * as Input from "../batch/Input.ts"
import type * as Manifest from "../batch/Manifest.ts"
import { type Models, run } from "../batch/run.ts"
import * as Client from "../Client.ts"
import { type CommandFailed, failed, interrupted, usage } from "../Failure.ts"
import { plural, usd } from "../ui/format.ts"
import * as Ui from "../ui/Ui.ts"

const flags = {
  file: Argument.String("file").pipe(Argument.withDescription("Prompts: text (one a line), CSV or JSONL; - is stdin")),
  out: Client.flags.out.pipe(Flag.withDefault("images")),
  format: Flag.Literals("format", Input.formats).pipe(Flag.withDescription("The form of the file; default: found out from it"), Flag.optional),
  concurrency: Flag.Int("concurrency").pipe(Flag.withDescription("Prompts in hand at once, 1 to 64"), Flag.withDefault(4)),
  dryRun: Flag.Boolean("dry-run").pipe(Flag.withDescription("Says what would be sent, cost and take, and sends nothing"), Flag.withDefault(false)),
  confirmUsd: Flag.Finite("confirm-usd").pipe(Flag.withDescription("Asks before an estimate above this sum is sent"), Flag.withDefault(5)),
  yes: Flag.Boolean("yes").pipe(Flag.withDescription("Agrees to the estimate"), Flag.withDefault(false)),
  budgetUsd: Flag.Finite("budget-usd").pipe(
    Flag.withDescription("Stops sending before this sum is passed, earlier runs in the folder included"),
    Flag.optional
  ),
  ambiguous: Flag.Literals("ambiguous", ["retry", "park"]).pipe(
    Flag.withDescription("When a request may have been billed although it failed: retry it (once a prompt in a run; it may cost twice), or park it as failed"),
    Flag.withDefault("retry")
  ),
  grace: Flag.Finite("grace").pipe(
    Flag.withDescription("Seconds that requests in flight may take to finish after Ctrl-C; drawing takes up to two minutes"),
    Flag.withDefault(120)
  ),
  imagesPerMinute: Flag.Int("images-per-minute").pipe(Flag.withDescription("The account's limit, if you know it"), Flag.optional),
  verbose: Flag.Boolean("verbose").pipe(Flag.withDescription("Tells the provider's request ids, for its support"), Flag.withDefault(false)),
  model: Client.flags.model,
  size: Client.flags.size,
  quality: Client.flags.quality,
  imageFormat: Flag.Literals("image-format", ["png", "jpeg", "webp"]).pipe(Flag.withDescription("The file format of the images to ask for"), Flag.optional),
  baseUrl: Client.flags.baseUrl,
  retries: Client.flags.retries,
  timeout: Client.flags.timeout,
  json: Client.flags.json
}

const positive = (name: string, value: number): string | undefined => value >= 0 && Number.isFinite(value) ? undefined : `--${name} must not be negative, got ${value}`

interface Sums {
  readonly concurrency: number
  readonly confirmUsd: number
  readonly budgetUsd: Option.Option<number>
  readonly grace: number
}

const check = ({ budgetUsd, concurrency, confirmUsd, grace }: Sums): string | undefined => {
  if (concurrency < 1 || concurrency > 64) return `--concurrency must be an integer from 1 to 64, got ${concurrency}`
  return positive("confirm-usd", confirmUsd) ?? positive("grace", grace) ?? (Option.isSome(budgetUsd) ? positive("budget-usd", budgetUsd.value) : undefined)
}

/** Half an hour for a prompt, and the time that it may stand in line for the pace. */
const deadlineOf = (
  { concurrency, imagesPerMinute }: { readonly concurrency: number; readonly imagesPerMinute: Option.Option<number> },
  items: ReadonlyArray<Input.Item>
): Duration.Duration => {
  const most = items.reduce((max, { options }) => Math.max(max, options.n ?? 1), 1)
  return Duration.minutes(30 + (Option.isNone(imagesPerMinute) ? 0 : concurrency * most / Math.max(1, imagesPerMinute.value)))
}

/** Asks a person, or wants `--yes` from a script, when the estimate is above the sum. */
const agree = (estimate: Estimate.Estimate, options: { readonly confirmUsd: number; readonly yes: boolean }) =>
  Effect.gen(function*() {
    const ui = yield* Ui.Ui
    // What has no price may cost anything.
    if (options.yes || (estimate.usd <= options.confirmUsd && estimate.unpricedImages === 0)) return
    for (const line of Estimate.lines(estimate)) yield* ui.say(line)
    const above = estimate.usd > options.confirmUsd
      ? `The estimate of ${usd(estimate.usd)} is above --confirm-usd ${options.confirmUsd}.`
      : `The price of ${plural(estimate.unpricedImages, "image")} is not known.`
    // The question goes to stdout, which is for JSON or a file when it is no terminal.
    if (process.stdin.isTTY !== true || process.stdout.isTTY !== true || ui.isJson) return yield* usage(`${above} Pass --yes to agree to it, or --dry-run to see it alone.`)
    const isAgreed = yield* Prompt.run(Prompt.Confirm({ message: `${above} Send?`, initial: false })).pipe(
      Effect.mapError(() => interrupted("Nothing was sent."))
    )
    if (!isAgreed) return yield* failed("Nothing was sent.")
  })

/** One composed model for each name, made when it is first asked for, all in the scope of the run. */
const modelsOf = (make: (model: string) => Layer.Layer<ImageModel.ImageModel, CommandFailed>): Effect.Effect<Models, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const known = new Map<string, Effect.Effect<ImageModel.ImageModel["Service"], CommandFailed>>()
    return (name) =>
      Effect.suspend(() => {
        const model = known.get(name)
        if (model !== undefined) return model
        const made = Effect.runSync(Effect.cached(Effect.map(Layer.buildWithScope(make(name), scope), (context) => Context.get(context, ImageModel.ImageModel))))
        known.set(name, made)
        return made
      })
  })

export const batch = Command.make("batch", flags, Effect.fn(function*(flags) {
  const wrong = check(flags)
  if (wrong !== undefined) return yield* usage(wrong)
  const { bad, items } = yield* Input.read(flags.file, Option.getOrUndefined(flags.format))
  const defaults: Manifest.Options & { readonly model: string } = {
    model: flags.model,
    ...(Option.isSome(flags.size) ? { size: flags.size.value } : {}),
    ...(Option.isSome(flags.quality) ? { quality: flags.quality.value } : {}),
    ...(Option.isSome(flags.imageFormat) ? { format: flags.imageFormat.value } : {})
  }
  const steps = yield* Estimate.steps(items, defaults, flags.out, flags.ambiguous)
  const estimate = Estimate.of(steps, Option.getOrUndefined(flags.imagesPerMinute))
  yield* Effect.provide(
    Effect.scoped(Effect.gen(function*() {
      const ui = yield* Ui.Ui
      if (flags.dryRun) {
        for (const line of Estimate.lines(estimate)) yield* ui.say(line)
        for (const { line, message } of bad) yield* ui.say(`line ${line}: ${message}`)
        yield* ui.data({ estimate, bad })
        return bad.length === 0 ? undefined : yield* failed()
      }
      if (Option.isSome(flags.budgetUsd) && estimate.unpricedImages > 0) {
        const models = estimate.shares.filter((share) => share.unpricedImages > 0).map(({ model }) => model).join(", ")
        return yield* usage(`A budget needs prices, and none is known for this use of ${models}: set --quality, or leave --budget-usd out.`)
      }
      yield* agree(estimate, flags)
      const models = yield* modelsOf((model) =>
        Client.layer({ ...flags, model, ambiguous: flags.ambiguous === "retry" ? "retry" : "fail", deadline: deadlineOf(flags, items) })
      )
      yield* models(flags.model) // a wrong environment is told before anything begins
      const summary = yield* run({
        items,
        bad,
        directory: flags.out,
        concurrency: flags.concurrency,
        defaults,
        ambiguous: flags.ambiguous,
        budgetUsd: Option.getOrUndefined(flags.budgetUsd),
        grace: Duration.seconds(flags.grace),
        isVerbose: flags.verbose
      }, models)
      if (summary.made < summary.prompts) return yield* failed()
    })),
    Ui.layer(flags.json)
  )
})).pipe(
  Command.withDescription(
    "Turns a file of prompts into images; run again, it makes only what is missing. Exit code 0: all made; 1: some not, see manifest.jsonl; " +
      "2: wrong usage; 130: ended by a signal."
  ),
  Command.withExamples([
    { command: "fixative batch prompts.txt --out images", description: "An image a line, and images/manifest.jsonl" },
    { command: "fixative batch prompts.csv --dry-run", description: "Images, dollars and minutes, and nothing sent" },
    { command: "fixative batch prompts.jsonl --budget-usd 25 --yes --images-per-minute 50 --json", description: "A row of JSON a prompt, for scripts" }
  ])
)
