// rfc6962.ts: its trees and proofs by their recursive definitions, and the published vectors: what writer and verifier are both held against.
import { createHash } from 'node:crypto'

/** Leaves, in hex, and the roots of the trees of the first one, two … of them. */
export const published = {
  leaves: ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'],
  roots: [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
}

export const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest()
}

export const leafByDefinition = (entry: Uint8Array | string): Buffer => sha256(Buffer.of(0), entry)

/** The largest power of two below n. */
export const split = (n: number): number => {
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
