/** What a run has to do for each prompt, given what earlier runs in the same folder did. Pure. */
import type { ImageModel } from "fixative"
import { createHash } from "node:crypto"
import * as ImageFile from "../ImageFile.ts"
import type { History, Past } from "./History.ts"
import type { Item } from "./Input.ts"
import type * as Manifest from "./Manifest.ts"

/** A prompt with all that it is asked with. */
export interface Task {
  readonly item: Item
  readonly model: string
  readonly request: ImageModel.GenerateRequest
  readonly fingerprint: string
  /** The file names without their endings, one an image. */
  readonly stems: ReadonlyArray<string>
  readonly past: Past | undefined
}

export type Step =
  /** To be made. */
  | { readonly _tag: "Make"; readonly task: Task }
  /** Done with in an earlier run; the row stays. */
  | { readonly _tag: "Keep"; readonly task: Task; readonly row: Manifest.Row }
  /** On disk, and its row was lost with the run that made it. */
  | { readonly _tag: "Recover"; readonly task: Task; readonly files: ReadonlyArray<string> }
  /** An earlier run sent it and got no answer; it is left to a person. */
  | { readonly _tag: "Park"; readonly task: Task }
  /** The id stands for another request already. */
  | { readonly _tag: "Changed"; readonly task: Task; readonly was: string }

export const fingerprint = (model: string, request: ImageModel.GenerateRequest): string => {
  const { background, compression, format, n, prompt, quality, size } = request
  return createHash("sha256").update(JSON.stringify([model, prompt, n ?? 1, size, quality, format, background, compression]))
    .digest("hex").slice(0, 16)
}

/** The request of an item: its own options before the command line's. */
export const requestOf = (item: Item, defaults: Manifest.Options): { readonly model: string; readonly request: ImageModel.GenerateRequest } => {
  const { model = "", ...options } = { ...defaults, ...item.options }
  return { model, request: { ...options, prompt: item.prompt } }
}

const stemsOf = (stem: string, n: number): ReadonlyArray<string> => Array.from({ length: n }, (_, index) => ImageFile.stem(stem, index))

/** The names of a row's files, without their endings. */
const stemsIn = (row: Manifest.Row): ReadonlyArray<string> =>
  (row.files ?? (row.file === undefined ? [] : [row.file])).map((file) => file.replace(/\.[^.]+$/, ""))

/** An id as a part of a file name, which has at most 255 bytes in all. */
const nameOf = (id: string): string =>
  Buffer.byteLength(id) <= 96 ? id : createHash("sha256").update(id).digest("hex").slice(0, 32)

/**
 * The tasks of a batch. Names are free of collisions, also where a file system does not tell capitals apart: `1` with "a fox"
 * and `1-a` with "fox" would share one.
 */
export const tasks = (items: ReadonlyArray<Item>, defaults: Manifest.Options, history: History): ReadonlyArray<Task> => {
  const owners = new Map<string, string>()
  for (const [id, { row }] of history.pasts) {
    for (const stem of row === undefined ? [] : stemsIn(row)) owners.set(stem.toLowerCase(), id)
  }
  return items.map((item) => {
    const { model, request } = requestOf(item, defaults)
    const print = fingerprint(model, request)
    const plain = stemsOf(`${nameOf(item.id)}-${ImageFile.slug(item.prompt)}`, request.n ?? 1)
    const isFree = plain.every((stem) => (owners.get(stem.toLowerCase()) ?? item.id) === item.id)
    const past = history.pasts.get(item.id)
    const own = past?.row === undefined || past.fingerprint !== print ? [] : stemsIn(past.row)
    const stems = own.length > 0
      ? own
      : isFree
      ? plain
      : stemsOf(`${nameOf(item.id)}-${ImageFile.slug(item.prompt)}-${print}`, request.n ?? 1)
    for (const stem of stems) owners.set(stem.toLowerCase(), item.id)
    return { item, model, request, fingerprint: print, stems, past }
  })
}

/** What to do about a task. `onDisk` are the names of the folder's files. */
export const step = (task: Task, onDisk: ReadonlySet<string>, ambiguous: "retry" | "park"): Step => {
  const { past } = task
  if (past === undefined) return { _tag: "Make", task }
  // A row without one told of a line that could not be read, and now can.
  if (past.fingerprint === undefined) return { _tag: "Make", task: { ...task, past: undefined } }
  if (past.fingerprint !== task.fingerprint) {
    return { _tag: "Changed", task, was: past.row?.prompt ?? "another request" }
  }
  const { row } = past
  if (row !== undefined && past.unanswered === 0 && past.attempts === 0) {
    const files = row.files ?? (row.file === undefined ? [] : [row.file])
    if (row.status === "made" && files.every((file) => onDisk.has(file))) return { _tag: "Keep", task, row }
    // What was refused or invalid will be so again.
    if (row.status === "refused" || row.status === "invalid") return { _tag: "Keep", task, row }
    if (row.status === "failed" && (row.ambiguousAttempts ?? 0) > 0 && ambiguous === "park") return { _tag: "Keep", task, row }
    return { _tag: "Make", task }
  }
  const files = task.stems.flatMap((stem) => ImageFile.endings.map((ending) => `${stem}.${ending}`).filter((file) => onDisk.has(file)).slice(0, 1))
  if (files.length === task.stems.length) return { _tag: "Recover", task, files }
  return past.unanswered + past.ambiguous > 0 && ambiguous === "park" ? { _tag: "Park", task } : { _tag: "Make", task }
}
