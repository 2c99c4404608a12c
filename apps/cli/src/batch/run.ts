/**
 * Runs a batch: every prompt through the composed layer, each image on disk as soon as it is there, a manifest row for each
 * prompt. A prompt that cannot be made does not stop the rest. What an earlier run in the folder made is not made again.
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import { Events, type ImageModel, Prices } from "fixative"
import { type CommandFailed, failed, interrupted, usage } from "../Failure.ts"
import * as ErrorReport from "../ErrorReport.ts"
import * as Shutdown from "../Shutdown.ts"
import * as Progress from "../ui/progress.ts"
import { Ui } from "../ui/Ui.ts"
import * as History from "./History.ts"
import type { BadRow, Item } from "./Input.ts"
import * as Ledger from "./Ledger.ts"
import * as Lock from "./Lock.ts"
import * as Manifest from "./Manifest.ts"
import * as narrate from "./narrate.ts"
import * as Plan from "./Plan.ts"
import * as rows from "./rows.ts"
import { SendGate } from "./SendGate.ts"
import * as Stop from "./Stop.ts"
import * as Store from "./Store.ts"
import * as Summary from "./summary.ts"
import * as Tally from "./Tally.ts"

type Model = ImageModel.ImageModel["Service"]

export interface Job {
  readonly items: ReadonlyArray<Item>
  readonly bad: ReadonlyArray<BadRow>
  readonly directory: string
  readonly concurrency: number
  /** What a prompt is asked with where its row says nothing else. `model` is needed. */
  readonly defaults: Manifest.Options & { readonly model: string }
  readonly ambiguous: "retry" | "park"
  /** US dollars for the whole batch, earlier runs in the folder included. */
  readonly budgetUsd?: number | undefined
  /** How long requests that are out may take to finish after a signal or a disk that is full. */
  readonly grace: Duration.Duration
  /** Tells the provider's ids of requests, for its support. */
  readonly isVerbose: boolean
}

/** The composed model for a model's name. */
export type Models = (name: string) => Effect.Effect<Model, CommandFailed>

interface Run {
  readonly job: Job
  readonly ui: Ui["Service"]
  readonly manifest: Manifest.Manifest
  readonly ledger: Ledger.Ledger
  readonly stop: Stop.Stop
  readonly store: Store.Store
  readonly progress: Progress.Progress
  readonly models: Models
}

/** How a prompt of this run ended; without a row it did not. */
interface Ended {
  readonly task: Plan.Task
  readonly row?: Manifest.Row
  readonly tally?: Tally.Tally
  /** It is made and paid for, and could not be written. */
  readonly lost?: string
}

const estimateOf = (model: Model, task: Plan.Task): number => Prices.estimate(model.provider, task.model, task.request)?.usd ?? 0

/** The call of one task: gated, told, counted. `undefined` when it had to let go. */
const call = (run: Run, model: Model, task: Plan.Task, tally: Tally.Tally) =>
  run.stop.run((turn) => {
    const { ledger, manifest, progress, stop, ui } = run
    const { id } = task.item
    const earlier = rows.before(task.past).attempts
    const estimate = estimateOf(model, task)
    const narrator = narrate.narrator(ui.paint, task.item, run.job.isVerbose)

    // The call's place in the budget: taken before it begins, and kept over attempts that cost nothing.
    let isHeld = false
    const hold = Effect.map(ledger.reserve(estimate), () => {
      isHeld = true
    })

    const gate: SendGate = () =>
      Effect.gen(function*() {
        if (!isHeld) yield* hold
        yield* stop.beforeSend(turn)
        const sent = yield* Clock.currentTimeMillis
        // What cannot be written down is not sent.
        yield* manifest.append({ id, attempt: earlier + tally.attempts + 1, sent, fingerprint: task.fingerprint, usd: estimate }).pipe(
          Effect.catch(() => Effect.andThen(stop.request("disk"), stop.afterAnswer(turn)))
        )
        Tally.sent(tally, sent)
        if (tally.attempts > 1) progress.retried += 1
        progress.waiting.delete(id)
      })

    const answered = (error: ImageModel.ImageError) =>
      Effect.suspend(() => {
        if (!turn.isOut) return Effect.void
        const maybeBilled = error.delivery === "MaybeProcessed"
        if (maybeBilled) {
          ledger.settle(estimate, estimate)
          isHeld = false
        }
        return manifest.note({ id, attempt: earlier + tally.attempts, failed: ErrorReport.of(error).reason, maybeBilled }).pipe(
          Effect.catch(() => stop.request("disk")),
          Effect.andThen(stop.afterAnswer(turn))
        )
      })

    const sink: Events.Handler = (event) =>
      Effect.gen(function*() {
        Tally.add(tally, event, yield* Clock.currentTimeMillis)
        if (event._tag === "Waiting") progress.waiting.set(id, { until: event.until, why: narrate.whyOf(event) })
        const line = narrator(event)
        if (line !== undefined && !ui.isJson) yield* ui.say(line)
        if (event._tag === "Failed") yield* answered(event.error)
      })

    return Effect.result(Effect.andThen(ledger.whenFree(hold), model.generate(task.request))).pipe(
      Effect.provideService(Events.Sink, sink),
      Effect.provideService(SendGate, gate),
      Effect.tap((outcome) =>
        Effect.sync(() => {
          progress.waiting.delete(id)
          // Still out: it succeeded, or the deadline cut it off, which no event tells.
          const isCut = turn.isOut && outcome._tag === "Failure" && outcome.failure.delivery === "MaybeProcessed"
          if (isCut) tally.ambiguous += 1
          turn.isOut = false
          tally.isOut = false
          if (!isHeld) return
          ledger.settle(estimate, outcome._tag === "Success" ? outcome.success.cost?.usd ?? estimate : isCut ? estimate : 0)
        })
      )
    )
  })

const tell = (run: Run, row: Manifest.Row) =>
  Effect.gen(function*() {
    const { progress } = run
    if (row.status === "made") progress.made += 1
    else if (row.status === "failed") progress.failed += 1
    else progress.refused += 1
    // A machine reads the row; progress is for people.
    yield* run.ui.isJson ? run.ui.data(row) : run.ui.say(narrate.row(run.ui.paint, row, run.job.isVerbose))
  })

const make = (run: Run, task: Plan.Task): Effect.Effect<Ended, CommandFailed> =>
  Effect.gen(function*() {
    const model = yield* run.models(task.model)
    const tally = Tally.make(yield* Clock.currentTimeMillis)
    const outcome = yield* call(run, model, task, tally)
    if (outcome === undefined) return { task, tally }
    if (outcome._tag === "Success") {
      const files = yield* Effect.result(run.store.images(task, outcome.success))
      if (files._tag === "Failure") return { task, tally, lost: files.failure.message }
      const row = rows.made(task, tally, outcome.success, files.success, yield* Clock.currentTimeMillis)
      yield* end(run, row)
      return { task, tally, row }
    }
    const row = rows.unmade(task, tally, model.provider, outcome.failure, yield* Clock.currentTimeMillis)
    yield* end(run, row)
    return { task, tally, row }
  })

/** A row that cannot be written is found again by the next run: by the image on disk, or by the request without an end. */
const end = (run: Run, row: Manifest.Row) =>
  Effect.andThen(Effect.ignore(run.store.persist(run.manifest.append(row))), tell(run, row))

const settle = (run: Run, step: Plan.Step): Effect.Effect<Ended, CommandFailed> => {
  const { task } = step
  switch (step._tag) {
    case "Make":
      return make(run, task)
    case "Keep":
      return Effect.succeed({ task, row: step.row })
    case "Recover":
    case "Park":
      return Effect.gen(function*() {
        const { provider } = yield* run.models(task.model)
        const row = step._tag === "Recover" ? rows.recovered(task, provider, step.files) : rows.parked(task, provider)
        yield* end(run, row)
        return { task, row }
      })
    case "Changed":
      return Effect.as(run.ui.say(narrate.changed(run.ui.paint, task.item, step.was)), { task })
  }
}

const cannotRead = (directory: string) => Effect.mapError((error: { readonly message: string }) => usage(`Cannot use the folder ${directory}: ${error.message}`))

/** The folder, held for this run, with what earlier runs left in it. */
const openFolder = (directory: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    yield* fs.makeDirectory(directory, { recursive: true })
    yield* Lock.hold(directory)
    const history = yield* History.load(directory)
    return { history, onDisk: new Set(yield* fs.readDirectory(directory)), manifest: yield* Manifest.open(directory) }
  }).pipe(Effect.catchTag("PlatformError", (error) => cannotRead(directory)(Effect.fail(error))))

/** What earlier runs in the folder spent, or may have. */
const spentBefore = ({ pasts }: History.History): number => {
  let sum = 0
  for (const { openUsd, row } of pasts.values()) sum += openUsd + (row?.cost?.usd ?? 0) + (row?.earlierUsd ?? 0) + (row?.possibleExtraUsd ?? 0)
  return sum
}

const everySecond = (self: Effect.Effect<void>) => Effect.forever(Effect.andThen(self, Effect.sleep("250 millis")))

/** Rows of an earlier run whose prompts are no longer in the file: kept, since somebody paid for them. */
const others = (history: History.History, ids: ReadonlySet<string>): ReadonlyArray<Manifest.Row> =>
  [...history.pasts].flatMap(([id, { row }]) => row === undefined || ids.has(id) ? [] : [row])

/** Leaves one row a prompt, if nothing in the log is still open. */
const compact = (run: Run, history: History.History, ended: ReadonlyArray<Ended>) => {
  const ids = new Set(ended.map(({ task }) => task.item.id))
  const isOpen = [...history.pasts].some(([id, past]) => past.attempts > 0 && !ended.some(({ row, task }) => task.item.id === id && row !== undefined))
  if (isOpen || ended.some(({ row, task }) => row === undefined && task.past?.row === undefined)) return Effect.void
  const all = [...ended.flatMap(({ row, task }) => row ?? task.past?.row ?? []), ...run.job.bad.map(rows.unreadable)]
    .sort((a, b) => a.line - b.line)
  return Effect.ignore(run.manifest.finish([...all, ...others(history, ids)]))
}

/** Runs the job and says what came of it. */
export const run = (
  job: Job,
  models: Models
): Effect.Effect<Summary.Summary, CommandFailed, Ui | FileSystem.FileSystem | Path.Path> =>
  Effect.scoped(Effect.gen(function*() {
    const ui = yield* Ui
    const startedAt = yield* Clock.currentTimeMillis
    const { history, manifest, onDisk } = yield* openFolder(job.directory)
    const steps = Plan.tasks(job.items, job.defaults, history).map((task) => Plan.step(task, onDisk, job.ambiguous))
    const kept = steps.filter(({ _tag }) => _tag === "Keep").length
    const stop = yield* Stop.make(job.grace)
    const progress = Progress.make(steps.length, kept, startedAt)
    const ledger = Ledger.make(job.budgetUsd, spentBefore(history))
    const store = yield* Store.make({
      directory: job.directory,
      grace: job.grace,
      stop,
      onTrouble: (error) => ui.say(narrate.trouble(ui.paint, job.directory, error.message))
    })
    const self: Run = { job, ui, manifest, ledger, stop, store, progress, models }
    yield* Shutdown.claim((signal) => Effect.runFork(Effect.andThen(stop.request("signal"), ui.say(narrate.stopping(ui.paint, signal, job.grace)))))
    for (const line of narrate.resuming(ui.paint, steps, history.unreadable)) yield* ui.say(line)
    for (const bad of job.bad) {
      const row = rows.unreadable(bad)
      yield* ui.isJson ? ui.data(row) : ui.say(narrate.row(ui.paint, row, false))
    }
    if (ui.isTerminal) {
      yield* Effect.forkScoped(everySecond(Effect.flatMap(Clock.currentTimeMillis, (now) => ui.status(Progress.line(ui.paint, progress, ledger.spent(), now)))))
      yield* Effect.addFinalizer(() => ui.status(undefined))
    }
    const ended = yield* Effect.forEach(steps, (step) => settle(self, step), { concurrency: job.concurrency })
    yield* ui.status(undefined)
    if (ended.every(({ row, task }) => row !== undefined || task.past?.row !== undefined)) yield* compact(self, history, ended)
    return yield* conclude(self, ended, startedAt)
  }))

const conclude = (run: Run, ended: ReadonlyArray<Ended>, startedAt: number) =>
  Effect.gen(function*() {
    const { job, stop, ui } = run
    const all = [...ended.flatMap(({ row }) => row ?? []), ...job.bad.map(rows.unreadable)]
    const unfinished = ended.filter(({ lost, row, tally }) => row === undefined && lost === undefined && tally !== undefined)
    const unanswered = unfinished.flatMap(({ tally, task }) => tally?.isOut === true ? [task] : [])
    const open = yield* Effect.forEach(unfinished, ({ tally, task }) => {
      const attempts = rows.before(task.past).ambiguous + (tally?.ambiguous ?? 0) + (tally?.isOut === true ? 1 : 0)
      return Effect.map(run.models(task.model), (model): Summary.Open => ({ id: task.item.id, attempts, usd: attempts * estimateOf(model, task) }))
    })
    const summary = Summary.of(all, ended.flatMap(({ tally }) => tally ?? []), {
      prompts: job.items.length + job.bad.length,
      unanswered: unanswered.map(({ item }) => item.id),
      lost: ended.flatMap(({ lost, task }) => lost === undefined ? [] : [task.item.id])
    }, open.filter(({ attempts }) => attempts > 0))
    const elapsed = (yield* Clock.currentTimeMillis) - startedAt
    for (const line of Summary.lines(ui.paint, summary, all, elapsed)) yield* ui.say(line)
    yield* ui.data({ summary })
    // A signal that came when everything was done with has nothing left to end.
    const isWhole = ended.every(({ row, task }) => row !== undefined || task.past?.row !== undefined)
    if (stop.why() === "signal" && !isWhole) return yield* interrupted(narrate.goOn)
    if (stop.why() === "disk") return yield* failed(`Cannot write to ${job.directory}. ${narrate.goOn}`)
    return summary
  })
