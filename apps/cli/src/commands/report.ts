import * as Effect from "effect/Effect"
import { Argument, Command, Flag } from "effect/cli"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { spawn } from "node:child_process"
import { failed, usage } from "../Failure.ts"
import * as ImageFile from "../ImageFile.ts"
import * as Html from "../report/html.ts"
import * as Model from "../report/model.ts"
import * as Read from "../report/read.ts"
import * as Thumbnails from "../report/thumbnails.ts"
import { plural, usd } from "../ui/format.ts"
import * as Ui from "../ui/Ui.ts"

/** Only a page is ever replaced: a slip of the hand must not cost a manifest or an image. */
const target = (directory: string, out: Option.Option<string>) =>
  Effect.gen(function*() {
    const path = yield* Path.Path
    const file = path.resolve(Option.getOrElse(out, () => path.join(directory, "report.html")))
    return /\.html?$/i.test(file) ? file : yield* usage(`--out must name an .html file, not ${file}`)
  })

const write = (file: string, page: string) =>
  Effect.gen(function*() {
    const path = yield* Path.Path
    yield* ImageFile.write(path.dirname(file), path.basename(file), new TextEncoder().encode(page))
  }).pipe(Effect.mapError((error) => failed(`Cannot write ${file}: ${error.message}`)))

const make = (directory: string, file: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const content = yield* Read.read(directory)
    const absolute = path.resolve(directory)
    const folder = { directory: absolute, page: path.dirname(file) }
    if (!(yield* Effect.orElseSucceed(fs.exists(folder.page), () => false))) return yield* usage(`There is no folder ${folder.page} to write the report to.`)
    const thumbnails = yield* Thumbnails.make(folder, content.rows.flatMap(Model.files))
    const totals = Model.totals(content)
    yield* write(file, Html.page({ title: path.basename(absolute) || absolute, content, totals, thumbnails }))
    const shown = [...thumbnails.values()].filter(({ _tag }) => _tag === "Shown").length
    return { totals, shown, unusable: thumbnails.size - shown, unreadable: content.unreadable }
  })

const opener = (file: string): readonly [string, ReadonlyArray<string>] => {
  if (process.platform === "darwin") return ["open", [file]]
  return process.platform === "win32" ? ["explorer.exe", [file]] : ["xdg-open", [file]]
}

/** Whether a program took it; a machine without a desktop has none. */
const open = (file: string): Effect.Effect<boolean> =>
  Effect.callback<boolean>((resume) => {
    const [command, args] = opener(file)
    const child = spawn(command, args, { detached: true, stdio: "ignore" })
    child.once("error", () => resume(Effect.succeed(false)))
    child.once("spawn", () => {
      child.unref()
      resume(Effect.succeed(true))
    })
  })

export const report = Command.make("report", {
  directory: Argument.String("dir").pipe(Argument.withDescription("The folder of a batch")),
  out: Flag.String("out").pipe(Flag.withDescription("The file to write (default: report.html in the folder)"), Flag.optional),
  open: Flag.Literals("open", ["no", "yes"]).pipe(Flag.withDescription("Open the report in the browser"), Flag.withDefault("no" as const)),
  json: Flag.Boolean("json").pipe(Flag.withDescription("JSON on stdout, prose on stderr"), Flag.withDefault(false))
}, Effect.fn(function*(flags) {
  const file = yield* target(flags.directory, flags.out)
  yield* Effect.gen(function*() {
    const ui = yield* Ui.Ui
    const { shown, totals, unreadable, unusable } = yield* make(flags.directory, file)
    yield* ui.data({ file, ...totals, thumbnails: shown })
    yield* ui.say(`${ui.paint("bold", "report")}  ${file}`)
    yield* ui.say(`${totals.made} of ${plural(totals.prompts, "prompt")} made, ${plural(totals.images, "image")}, ${usd(totals.spentUsd)} spent`)
    for (const { line, why } of unreadable.slice(0, 5)) yield* ui.say(ui.paint("yellow", `line ${line} of the manifest could not be read: ${why}`))
    if (unreadable.length > 5) yield* ui.say(ui.paint("yellow", `and ${plural(unreadable.length - 5, "more line")}`))
    if (totals.unanswered > 0) yield* ui.say(ui.paint("yellow", `${plural(totals.unanswered, "prompt")} may have been sent, no answer kept`))
    if (unusable > 0) yield* ui.say(ui.paint("yellow", `${plural(unusable, "image file")} missing, broken or outside the folder`))
    if (flags.open === "yes" && !(yield* open(file))) yield* ui.say(ui.paint("yellow", "No program to open it with was found."))
  }).pipe(Effect.provide(Ui.layer(flags.json)))
})).pipe(
  Command.withDescription("Writes one HTML file about a batch: images, what was not made and why, a timeline, cost. It needs no network."),
  Command.withExamples([
    { command: "fixative report out" },
    { command: "fixative report out --out /tmp/batch.html --json" }
  ])
)
