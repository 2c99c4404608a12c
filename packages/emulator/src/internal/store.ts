/** The journal's memory: bounded, in order of arrival, copied to a file and to a listener if asked for. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { type FileHandle, open } from "node:fs/promises"
import type * as Journal from "../Journal.ts"

/** Entries kept; and characters of prompts kept, so that 10,000 prompts of 32,000 characters do not fill the memory. */
const MAX_ENTRIES = 10_000
const MAX_PROMPT_CHARACTERS = 16_000_000

export interface Store {
  readonly add: (entry: Journal.Entry) => Effect.Effect<void>
  readonly all: Effect.Effect<ReadonlyArray<Journal.Entry>>
  readonly dropped: Effect.Effect<number>
  readonly clear: Effect.Effect<void>
}

export interface Options {
  readonly file?: string | undefined
  readonly onEntry?: ((entry: Journal.Entry) => Effect.Effect<void>) | undefined
}

const openFile = (path: string) =>
  Effect.acquireRelease(
    Effect.tryPromise(() => open(path, "a")),
    (handle) => Effect.ignore(Effect.tryPromise(() => handle.close()))
  )

const size = (entry: Journal.Entry) => entry.prompt?.length ?? 0

/** Opens the file, if there is one, for as long as the scope lasts. */
export const make = Effect.fnUntraced(function*(options: Options): Effect.fn.Return<Store, unknown, Scope.Scope> {
  const handle: FileHandle | undefined = options.file === undefined ? undefined : yield* openFile(options.file)
  const writing = yield* Semaphore.make(1)
  let entries: Array<Journal.Entry> = []
  let characters = 0
  let dropped = 0

  const write = (entry: Journal.Entry) =>
    handle === undefined ? Effect.void : Effect.tryPromise(() => handle.appendFile(`${JSON.stringify(entry)}\n`)).pipe(
      writing.withPermits(1),
      Effect.catch((error) => Effect.logWarning("The emulator's journal file cannot be written.", error))
    )

  const keep = (entry: Journal.Entry) => {
    entries.push(entry)
    characters += size(entry)
    while (entries.length > MAX_ENTRIES || characters > MAX_PROMPT_CHARACTERS) {
      const oldest = entries.shift()
      if (oldest === undefined) break
      characters -= size(oldest)
      dropped++
    }
  }

  return {
    add: Effect.fnUntraced(function*(entry) {
      keep(entry)
      yield* write(entry)
      if (options.onEntry !== undefined) yield* options.onEntry(entry)
    }, Effect.uninterruptible),
    all: Effect.sync(() => [...entries].sort((a, b) => a.seq - b.seq)),
    dropped: Effect.sync(() => dropped),
    clear: Effect.sync(() => {
      entries = []
      characters = 0
      dropped = 0
    })
  }
})
