// by-definition.ts: trees and proofs as RFC 6962 defines them, recursively: what the verifier's algorithms are held against.
import { createHash } from 'node:crypto'

export const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest()
}

export const leafByDefinition = (entry: Uint8Array | string): Buffer => sha256(Buffer.of(0), entry)

/** The largest power of two below n. */
const split = (n: number): number => {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** MTH(D[n]) over leaf hashes. RFC 6962 §2.1. */
export function rootByDefinition(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves
  if (first === undefined) return sha256()
  if (leaves.length === 1) return first
  const k = split(leaves.length)
  return sha256(Buffer.of(1), rootByDefinition(leaves.slice(0, k)), rootByDefinition(leaves.slice(k)))
}

/** PATH(m, D[n]). RFC 6962 §2.1.1. */
export function pathByDefinition(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return []
  const k = split(leaves.length)
  return index < k
    ? [...pathByDefinition(index, leaves.slice(0, k)), rootByDefinition(leaves.slice(k))]
    : [...pathByDefinition(index - k, leaves.slice(k)), rootByDefinition(leaves.slice(0, k))]
}

/** PROOF(m, D[n]). RFC 6962 §2.1.2. */
export function consistencyByDefinition(first: number, leaves: readonly Buffer[], whole = true): Buffer[] {
  if (first === leaves.length) return whole ? [] : [rootByDefinition(leaves)]
  const k = split(leaves.length)
  return first <= k
    ? [...consistencyByDefinition(first, leaves.slice(0, k), whole), rootByDefinition(leaves.slice(k))]
    : [...consistencyByDefinition(first - k, leaves.slice(k), false), rootByDefinition(leaves.slice(0, k))]
}
