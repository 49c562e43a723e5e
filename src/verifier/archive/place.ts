// place.ts: what verification of an archive needs of whoever runs it: files, digests, signatures. A folder on disc and a browser give both.
import { textOf } from '../octets.ts'

/** A file of an archive. */
export interface ArchiveFile {
  /** Within the archive, with slashes: `technical/1/checkpoint`. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Bytes [from, to); fewer where the file ends before.
   *  @param place where they may be put, until it is used again; without it they are the caller's to keep
   *  @throws Error where it cannot be read */
  read(from: number, to: number, place?: Uint8Array): Promise<Uint8Array>
}

/** SHA-256 over what is fed in pieces. */
export interface Digesting {
  update(bytes: Uint8Array): void
  /** 32 bytes. Nothing may be fed afterwards. */
  digest(): Uint8Array
}

export interface Cryptography {
  /** 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array
  newSha256(): Digesting
  /** Whether a signature of 64 bytes is that of the key of 32 bytes. SPEC RFC 8032 §5.1.7. */
  verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>
}

/** Read at once: a file is never in memory whole, unless it is small. */
const chunk = 1024 * 1024

/** A file's bytes in chunks, each the receiver's until the next. */
export async function* chunksOf(file: ArchiveFile): AsyncGenerator<Uint8Array> {
  const place = new Uint8Array(Math.min(chunk, file.size))
  for (let from = 0; from < file.size; from += chunk) yield await file.read(from, Math.min(file.size, from + chunk), place)
}

/** No small file is larger: checkpoints, tiles, lists of keys. */
const largestSmall = 64 * 1024 * 1024

/** A small file whole; undefined where it is too large to be one. */
export async function wholeOf(file: ArchiveFile): Promise<Uint8Array | undefined> {
  return file.size > largestSmall ? undefined : await file.read(0, file.size)
}

/** A small file's text; undefined where there is none, or it is none. */
export async function textIn(file: ArchiveFile | undefined): Promise<string | undefined> {
  const bytes = file && (await wholeOf(file))
  return bytes && textOf(bytes)
}

/** A file's lines without their line feeds; what stands behind the last one too, where there is anything. Each is the receiver's until the next. */
export async function* linesOf(file: ArchiveFile): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0)
  for await (const bytes of chunksOf(file)) {
    let from = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      yield rest.length === 0 ? bytes.subarray(from, end) : withRest(rest, bytes.subarray(from, end))
      rest = new Uint8Array(0)
      from = end + 1
    }
    rest = withRest(rest, bytes.subarray(from))
  }
  if (rest.length > 0) yield rest
}

function withRest(rest: Uint8Array, more: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(rest.length + more.length)
  whole.set(rest)
  whole.set(more, rest.length)
  return whole
}
