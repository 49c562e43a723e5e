// blocks.ts: the schema of blocks.yaml: 緊急封鎖, which can only refuse.
import Type, { type Static } from 'typebox'
import { closed, document, list, text } from './parts.ts'

/** blocks.yaml. Exactly one target a line, `account` together with its `agency`: that is checked beside the schema, since a line names
 *  its target by the member's name. */
export const blocksFile = closed('緊急封鎖', 'Emergency blocks', {
  blocks: list(
    '封鎖；空白表示沒有',
    'Blocks; empty means none',
    closed('一項封鎖', 'A block', {
      agency: Type.Optional(text('id', '機關代號', 'Id of an agency')),
      delegate: Type.Optional(text('id', '受託者代號', 'Id of a delegate')),
      credential: Type.Optional(text('id', '憑證代號', 'Id of a credential')),
      network: Type.Optional(text('cidr', '網段', 'Network')),
      account: Type.Optional(text('line', '使用者帳號，須一併寫明 agency', 'Account, beside its agency')),
      at: text('instant', '時間', 'When'),
      by: text('line', '何人', 'By whom'),
      reason: text('line', '原因', 'Why'),
      document: Type.Optional(document('公文文號，可後補', 'Document, to follow')),
    }),
  ),
})

export type BlocksFile = Static<typeof blocksFile>
export type BlockEntry = BlocksFile['blocks'][number]
