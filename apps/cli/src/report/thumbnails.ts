/** Small pictures of the images of a folder; what is missing, broken or elsewhere is told, and never followed. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import sharp from "sharp"

export const maxThumbnails = 2000

const maxWidth = 320
/** A strip of pixels is not to fill the page. */
const maxHeight = 640

export type Thumbnail =
  | { readonly _tag: "Shown"; readonly dataUri: string; readonly width: number; readonly height: number; readonly hasAlpha: boolean; readonly href: string }
  | { readonly _tag: "Unusable"; readonly why: string }

const unusable = (why: string): Thumbnail => ({ _tag: "Unusable", why })

/** Pictures alone get a link: a page or an SVG with a script in it would run as the reader's own file. */
const isPicture = (file: string): boolean => /\.(png|jpe?g|webp|gif|avif)$/i.test(file)

const isInside = (path: Path.Path, directory: string, file: string): boolean => {
  const relative = path.relative(directory, file)
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
}

/** A file as the address of a link in a page of another folder: never a scheme, never a parent of its own making. */
const hrefOf = (path: Path.Path, from: string, file: string): string =>
  `./${path.relative(from, file).split(path.sep).map((part) => encodeURIComponent(part.toWellFormed())).join("/")}`

const shrink = (file: string) =>
  Effect.tryPromise(() =>
    sharp(file, { failOn: "error" }).autoOrient().resize({ width: maxWidth, height: maxHeight, fit: "inside", withoutEnlargement: true })
      .webp({ quality: 72 }).toBuffer({ resolveWithObject: true })
  )

export interface Folder {
  readonly directory: string
  /** Where the page will be, which the links start from. */
  readonly page: string
}

const thumbnail = ({ directory, page }: Folder, file: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const target = path.resolve(directory, file)
    if (file.includes("\0") || !isInside(path, directory, target)) return unusable("The manifest names a file outside the folder; it was not opened.")
    if (!isPicture(file)) return unusable("Not the name of an image; it was not opened.")
    const real = yield* Effect.orElseSucceed(fs.realPath(target), () => undefined)
    if (real === undefined) return unusable("The file is missing.")
    if (!isInside(path, yield* fs.realPath(directory), real)) return unusable("A link to a file outside the folder; it was not opened.")
    if ((yield* fs.stat(real)).type !== "File") return unusable("Not a file.")
    const { data, info } = yield* shrink(real)
    const shown: Thumbnail = {
      _tag: "Shown",
      dataUri: `data:image/webp;base64,${data.toString("base64")}`,
      width: info.width,
      height: info.height,
      hasAlpha: info.channels === 4,
      href: hrefOf(path, page, target)
    }
    return shown
  }).pipe(Effect.orElseSucceed(() => unusable("The file is not an image that can be read.")))

/** Of the first files; the rest has none. */
export const make = (folder: Folder, files: ReadonlyArray<string>) =>
  Effect.map(
    Effect.forEach(files.slice(0, maxThumbnails), (file) => Effect.map(thumbnail(folder, file), (made) => [file, made] as const), { concurrency: 2 }),
    (entries): ReadonlyMap<string, Thumbnail> => new Map(entries)
  )
