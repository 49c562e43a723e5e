// subjects-entry.ts: whom an answer identified, where they are more than its query's entry holds, or are known only as it is released.
import { type EarlierEntry, type EntryId, formatVersion, type Given, orderedEarlier, type SubjectTag } from './entry.ts'

/** Tags of people under one tag key and of one kind of identifier, without repetition, in the order in which they were released. */
export interface TaggedSubjects extends Pick<SubjectTag, 'key' | 'kind'> {
  readonly tags: readonly string[]
}

/** Tags of one entry at most: of 65,535 bytes a thousand take 35,000. */
export const mostTags = 1000

export interface SubjectsFacts {
  readonly id: EntryId
  readonly agency: string
  /** The `query` entry. */
  readonly of: EarlierEntry
  readonly subjects: readonly TaggedSubjects[]
}

export const orderedSubjects = ({ key, kind, tags }: TaggedSubjects): TaggedSubjects => ({ key, kind, tags })

export function subjectsEntry(facts: SubjectsFacts, given: Given): string {
  return JSON.stringify({
    agency: facts.agency,
    at: given.at,
    clock: given.clock,
    id: facts.id,
    kind: 'subjects',
    of: orderedEarlier(facts.of),
    subjects: facts.subjects.map(orderedSubjects),
    v: formatVersion,
  })
}
