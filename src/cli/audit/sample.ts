// sample.ts: `linkage audit sample …`: a draw that nobody can steer, step by step: freeze, seed, draw.
import { Command } from 'commander'
import type { Output } from '../output.ts'
import { drawCommand } from './draw.ts'
import { freezeCommand } from './freeze.ts'
import { listCommand } from './sample-list.ts'
import { seedCommand } from './seed.ts'

/** `linkage audit sample …` */
export function sampleCommand(output: Output): Command {
  const sample = new Command('sample').description('抽樣：封存母體、擲種子值、抽出 the draw: freeze the population, throw the seed, draw')
  for (const make of [freezeCommand, seedCommand, drawCommand, listCommand]) sample.addCommand(make(output))
  return sample
}
